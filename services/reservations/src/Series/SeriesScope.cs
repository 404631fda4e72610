using System.Globalization;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Series;

/// <summary>Which occurrences of a series are meant: one, it and those after it, or all.</summary>
/// <param name="Word">this, following or all.</param>
/// <param name="BookingId">Names the occurrence.</param>
/// <param name="OriginalStart">Names it where BookingId is null; both null for all.</param>
internal sealed record SeriesScope(string Word, Guid? BookingId, DateTimeOffset? OriginalStart)
{
    internal const string This = "this";
    internal const string Following = "following";
    internal const string All = "all";

    internal static readonly SeriesScope Whole = new(All, null, null);

    private static readonly string[] Words = [This, Following, All];

    internal bool IsOne => Word == This;

    internal static SeriesScope Read(FieldErrors fields, string? word, string? occurrence)
    {
        fields.Require(Words.Contains(word), "scope", $"scope must be one of {string.Join(", ", Words)}");

        if (word == All)
        {
            return Whole;
        }

        var isId = Guid.TryParseExact(occurrence, "D", out var id);
        var isStart = InstantConverter.TryParse(occurrence, out var start);
        fields.Require(isId || isStart, "occurrence", "occurrence must be the id of a booking or the original start of an occurrence");
        return new SeriesScope(word ?? "", isId ? id : null, isStart ? start : null);
    }

    /// <summary>The series, locked, if this caller may see it and it is as the caller knows it.</summary>
    internal static async Task<Outcome<BookingSeries>> LockAsync(ReservationsDb db, Guid id, ClientScope scope, HttpContext context, CancellationToken cancellationToken) =>
        (await db.LockAsync<BookingSeries>("id = {0}", cancellationToken, id)).SingleOrDefault() is not { } series || !scope.Covers(series.ClientEmail) ? SeriesRefusals.NotFound
            : !EntityTag.Matches(context, series.Version) ? SeriesRefusals.Stale(series.Version)
            : series.Status == BookingSeries.Cancelled ? SeriesRefusals.Cancelled
            : series;

    /// <summary>The occurrences that are meant and can still change, their bookings locked; what has begun is history, unless it alone is meant.</summary>
    internal async Task<Outcome<List<LiveOccurrence>>> OpenAsync(
        ReservationsDb db, BookingSeries series, ClientScope client, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Ascending ids: two who lock the same bookings do it in one order.
        var bookings = (await db.LockAsync<Booking>("series_id = {0} and status = any ({1}) order by id", cancellationToken, series.Id, BookingStatus.Live))
            .ToDictionary(booking => booking.Id);
        var others = await OthersAsync(db, series, client, cancellationToken);
        var all = await db.SeriesOccurrences.Where(one => one.SeriesId == series.Id).OrderBy(one => one.Index).ToListAsync(cancellationToken);
        all.RemoveAll(one => one.BookingId is { } id && others.Contains(id));
        var named = all.Find(one => BookingId is null ? one.OriginalStart == OriginalStart : one.BookingId == BookingId);

        if (named is null && Word != All)
        {
            return SeriesRefusals.OccurrenceNotFound;
        }

        return all
            .Where(one => named is null || (IsOne ? one == named : one.Index >= named.Index))
            .Select(one => (One: one, Booking: one.BookingId is { } id ? bookings.GetValueOrDefault(id) : null))
            .Where(pair => pair.Booking is not null && (IsOne || (pair.Booking.StartTime > now && pair.Booking.Status != BookingStatus.InProgress)))
            .Select(pair => new LiveOccurrence(pair.One, pair.Booking!))
            .ToList();
    }

    // Reception may have given an occurrence to another client, whose booking the client of the series may no more see than any other. Read under the
    // locks: what can change is as it will stay.
    private static async Task<HashSet<Guid>> OthersAsync(ReservationsDb db, BookingSeries series, ClientScope client, CancellationToken cancellationToken) =>
        client.ClientKey is not { } key ? [] : await db.Bookings
            .Where(booking => booking.SeriesId == series.Id && booking.ClientEmailKey != key)
            .Select(booking => booking.Id)
            .ToHashSetAsync(cancellationToken);
}

/// <summary>An occurrence whose booking can still change.</summary>
internal sealed record LiveOccurrence(SeriesOccurrence One, Booking Booking)
{
    /// <summary>True where it was moved alone: it stays there when the series moves.</summary>
    internal bool IsException => !One.IsFollowedBy(Booking);

    /// <summary>Has the context follow these two and nothing else; what it followed must be saved.</summary>
    internal void Track(ReservationsDb db)
    {
        db.ChangeTracker.Clear();
        db.AttachRange(One, Booking);
    }

    internal Occurrence At(DateTime start, DateTime end, TimeZoneInfo zone) => Occurrence.Of(One.Index, start, end, zone);
}

/// <summary>New times of day on the wall; null: as before.</summary>
internal sealed record WallTimes(TimeOnly? Start, TimeOnly? End)
{
    internal bool Changes => Start is not null || End is not null;

    internal static WallTimes Read(FieldErrors fields, string? start, string? end) => new(Time(fields, "changes.startTime", start), Time(fields, "changes.endTime", end));

    /// <summary>The span with its new times on its old day; null where one new time alone would turn it into a night.</summary>
    internal (DateTime Start, DateTime End)? Over(DateTime start, DateTime end)
    {
        var wholeDays = (int)(end - start).TotalDays;
        var wasOvernight = TimeOnly.FromDateTime(end) <= TimeOnly.FromDateTime(start);
        var from = start.Date + (Start is { } s ? s.ToTimeSpan() : start.TimeOfDay);
        var until = from.Date.AddDays(wholeDays) + (End is { } e ? e.ToTimeSpan() : end.TimeOfDay);
        var isOvernight = until.TimeOfDay <= from.TimeOfDay;

        if (isOvernight && !wasOvernight && (Start is null || End is null))
        {
            return null;
        }

        return (from, isOvernight && wholeDays * TimeSpan.TicksPerDay >= (until - from).Ticks ? until.AddDays(1) : until);
    }

    private static TimeOnly? Time(FieldErrors fields, string field, string? text)
    {
        if (text is null)
        {
            return null;
        }

        var isTime = TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        fields.Require(isTime, field, $"{field} must be a time HH:mm on the wall of the location, e.g. 09:00");
        return time;
    }
}
