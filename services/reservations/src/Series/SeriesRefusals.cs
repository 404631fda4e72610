using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Series;

/// <summary>Every "no" about series.</summary>
internal static class SeriesRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "series.not_found", "Booking series not found");

    internal static Refusal OccurrenceNotFound { get; } =
        new(StatusCodes.Status404NotFound, "series.occurrence_not_found", "Occurrence not found: it must be the id of a booking of this series, or the original start of one");

    internal static Refusal Cancelled { get; } = new(StatusCodes.Status409Conflict, "series.cancelled", "The series is cancelled");

    internal static Refusal NothingToChange { get; } =
        new(StatusCodes.Status409Conflict, "series.nothing_to_change", "No occurrence in this scope is still to come");

    internal static Refusal NotOnItsDay { get; } = Refusal.Field("repeat.weekdays", "repeat.weekdays must include the day of first.start");

    internal static Refusal Empty { get; } = Refusal.Field("repeat.until", "repeat.until must not be before the day of first.start");

    internal static Refusal NoMore(int present) => Refusal.Field("count", $"The series has {present} occurrences already; count or until must go beyond them");

    internal static Refusal TooMany(string field) => Refusal.Field(field, $"A series has at most {Recurrence.Most} occurrences");

    internal static Refusal BeyondTheCalendar(string field) => Refusal.Field(field, "A series must end with the year 2199");

    internal static Refusal Stale(long version) =>
        new(StatusCodes.Status412PreconditionFailed, "series.stale", $"The series has changed since you read it; its version is {version}");

    /// <summary>One refusal for all dates that fail: the first gives status, code and message.</summary>
    internal static Refusal Fails(IReadOnlyList<FailedOccurrence> failed, int total, string verb)
    {
        var first = failed[0].Refusal;
        return new Refusal(first.Status, first.Code, $"{failed.Count} of {total} dates cannot be {verb}; the first: {first.Message}")
        {
            Extensions = new Dictionary<string, object?> { ["occurrences"] = failed.Select(FailedRow.Of).ToArray() },
        };
    }
}

/// <summary>A date of a series that rules or rivals refuse.</summary>
internal sealed record FailedOccurrence(Occurrence One, Refusal Refusal, IReadOnlyList<Alternatives.Offer>? Suggestions = null);

/// <summary>The same as clients see it.</summary>
internal sealed record FailedRow(int Index, DateTimeOffset Start, DateTimeOffset End, string Code, string Message, object? Violations, object? Suggestions)
{
    internal static FailedRow Of(FailedOccurrence failed) => new(
        failed.One.Index,
        failed.One.Start,
        failed.One.End,
        failed.Refusal.Code,
        failed.Refusal.Message,
        failed.Refusal.Extensions?.GetValueOrDefault("violations"),
        failed.Suggestions);
}
