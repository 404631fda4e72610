using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Coworking.Hosting.Http;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Series;

/// <summary>What a client says of a series, as text where a form has to be judged, so that all that is wrong can be told at once.</summary>
internal sealed record SeriesDetails(
    [property: Required, Format("uuid")] string? SpaceId,
    [property: Required, Format("email"), StringLength(254)] string? ClientEmail,
    [property: StringLength(200)] string? ClientName,
    [property: StringLength(200)] string? Company,
    [property: StringLength(50)] string? Phone,
    [property: StringLength(2000)] string? Inquiry,
    [property: Range(1, int.MaxValue)] int? Attendees,
    [property: Required] SeriesDetails.Span? First,
    [property: Required] SeriesDetails.Repetition? Repeat,
    [property: AllowedValues(SeriesDetails.Fail, SeriesDetails.Skip, SeriesDetails.Suggest)] string? OnConflict)
{
    internal const string Fail = "fail";
    internal const string Skip = "skip";
    internal const string Suggest = "suggest";

    private static readonly string[] OnConflicts = [Fail, Skip, Suggest];

    /// <summary>When the first is.</summary>
    internal sealed record Span(
        [property: Required, Format("date-time")] string? Start,
        [property: Required, Format("date-time")] string? End);

    /// <summary>How it comes again.</summary>
    internal sealed record Repetition(
        [property: Required, AllowedValues(Recurrence.Day, Recurrence.Week, Recurrence.Month)] string? Every,
        [property: Range(1, Recurrence.Most)] int? Interval,
        [property: MaxLength(7)] int[]? Weekdays,
        [property: Range(1, Recurrence.Most)] int? Count,
        [property: Format("date")] string? Until);

    /// <summary>The wish they spell, or everything that is malformed.</summary>
    internal Outcome<SeriesWish> Read()
    {
        var fields = new FieldErrors();
        var email = ClientEmail?.Trim() ?? "";
        var spaceId = fields.Uuid("spaceId", SpaceId);
        fields.Require(EmailAddress.IsValid(email), "clientEmail", "Invalid email");
        fields.Require(Attendees is null or >= 1, "attendees", "attendees must be a whole number of at least 1");
        var client = new SeriesClient(
            email,
            fields.Text("clientName", ClientName, 200),
            fields.Text("company", Company, 200),
            fields.Text("phone", Phone, 50),
            fields.Text("inquiry", Inquiry, 2000),
            Attendees);
        var start = fields.Instant("first.start", First?.Start);
        var end = fields.Instant("first.end", First?.End);
        fields.Require(start is null || end is null || end > start, "first.end", "first.end must be after first.start");
        var conflict = Word(fields, "onConflict", OnConflict ?? Fail, OnConflicts);
        var repeat = Repeat is null ? null : Read(fields, Repeat);
        fields.Require(Repeat is not null, "repeat", "repeat must say every and count or until");
        return fields.Refusal is { } refusal ? refusal : new SeriesWish(spaceId, client, start!.Value, end!.Value, repeat!, conflict);
    }

    /// <summary>How many or until when: exactly one of both.</summary>
    internal static SeriesEnd ReadEnd(FieldErrors fields, string prefix, int? count, string? until)
    {
        fields.Require((count is null) != (until is null), prefix + "count", $"Either {prefix}count or {prefix}until must be given");
        fields.Require(count is null or (>= 1 and <= Recurrence.Most), prefix + "count", $"{prefix}count must be a whole number from 1 to {Recurrence.Most}");
        var day = default(DateOnly);
        var isDay = until is null || DateOnly.TryParseExact(until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
        fields.Require(isDay, prefix + "until", $"{prefix}until must be a date, e.g. 2026-01-31");
        return new SeriesEnd(count, until is null ? null : day);
    }

    private static SeriesRepeat Read(FieldErrors fields, Repetition repeat)
    {
        var every = Word(fields, "repeat.every", repeat.Every ?? "", Recurrence.Units);
        var days = repeat.Weekdays ?? [];
        fields.Require(repeat.Interval is null or (>= 1 and <= Recurrence.Most), "repeat.interval", $"repeat.interval must be a whole number from 1 to {Recurrence.Most}");
        fields.Require(days.All(day => day is >= 1 and <= 7) && days.Distinct().Count() == days.Length, "repeat.weekdays", "repeat.weekdays must be different days from 1 (Monday) to 7 (Sunday)");
        fields.Require(days.Length == 0 || every == Recurrence.Week, "repeat.weekdays", "repeat.weekdays are for repeat.every week");
        return new SeriesRepeat(every, repeat.Interval ?? 1, [.. days.Order()], ReadEnd(fields, "repeat.", repeat.Count, repeat.Until));
    }

    private static string Word(FieldErrors fields, string field, string word, string[] words)
    {
        fields.Require(words.Contains(word), field, $"{field} must be one of {string.Join(", ", words)}");
        return word;
    }
}

/// <summary>A well-formed wish for a series.</summary>
internal sealed record SeriesWish(Guid SpaceId, SeriesClient Client, DateTimeOffset Start, DateTimeOffset End, SeriesRepeat Repeat, string OnConflict)
{
    /// <summary>The rule on the wall of the space's location.</summary>
    internal Recurrence On(TimeZoneInfo zone)
    {
        var (start, end) = (WallClock.Of(Start, zone), WallClock.Of(End, zone));
        // Within the hour that comes twice the wall may go backwards.
        return new Recurrence(start, end > start ? end : start + (End - Start), Repeat.Every, Repeat.Interval, Repeat.Weekdays, Repeat.End.Count, Repeat.End.Until);
    }
}

/// <summary>How a series comes again.</summary>
internal sealed record SeriesRepeat(string Every, int Interval, int[] Weekdays, SeriesEnd End);

/// <summary>How a series ends: exactly one is not null.</summary>
internal sealed record SeriesEnd(int? Count, DateOnly? Until);
