using System.Globalization;
using Coworking.Hosting.Json;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Availability;

/// <summary>?from=&amp;to=&amp;minutes= of a question about free time, and everything that is wrong with them.</summary>
/// <param name="Window">From when to when is asked.</param>
/// <param name="Minutes">Length of a booking; null where not said.</param>
internal sealed record AvailabilityQuery(Interval Window, int? Minutes)
{
    private const int MaxDays = 62;

    // As for bookings: far from where calendars and time zones end.
    private const int FirstYear = 2000;
    private const int LastYear = 2199;

    /// <param name="query">Of the request.</param>
    /// <param name="fields">Takes what is wrong.</param>
    /// <param name="more">Reads what else the question has, so that all that is wrong is told at once.</param>
    internal static Outcome<AvailabilityQuery> Read(IQueryCollection query, FieldErrors fields, Action? more = null)
    {
        var (from, to) = (Instant(fields, query, "from"), Instant(fields, query, "to"));
        var minutes = WholeNumber(fields, query, "minutes", 1, SpanRules.MaxDays * 24 * 60);

        if (from is { } start && to is { } end)
        {
            fields.Require(end > start, "to", "to must be after from");
            fields.Require(end - start <= TimeSpan.FromDays(MaxDays), "to", $"to must be at most {MaxDays} days after from");
            fields.Require(end <= start || minutes is not { } length || TimeSpan.FromMinutes(length) <= end - start, "minutes", "minutes must not be longer than the time from from to to");
        }

        more?.Invoke();
        return fields.Refusal is { } refusal ? refusal : new AvailabilityQuery(new Interval(from!.Value, to!.Value), minutes);
    }

    /// <summary>A whole number within bounds; null where absent, or where it is none.</summary>
    internal static int? WholeNumber(FieldErrors fields, IQueryCollection query, string field, int min, int max)
    {
        var text = query[field].ToString();

        if (text.Length == 0)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        fields.Add(field, max == int.MaxValue ? $"{field} must be a whole number of at least {min}" : $"{field} must be a whole number from {min} to {max}");
        return null;
    }

    private static DateTimeOffset? Instant(FieldErrors fields, IQueryCollection query, string field)
    {
        if (!InstantConverter.TryParse(query[field], out var instant))
        {
            fields.Add(field, $"{field} must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z");
            return null;
        }

        if (instant.Year is < FirstYear or > LastYear)
        {
            fields.Add(field, $"{field} must lie in the years {FirstYear} to {LastYear}");
            return null;
        }

        // What is answered has milliseconds, and is booked as it is answered.
        return instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
