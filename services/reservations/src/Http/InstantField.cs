using Coworking.Hosting.Json;

namespace Coworking.Reservations.Http;

/// <summary>Reads the times of a request.</summary>
internal static class InstantField
{
    // As for bookings: far beyond any of them, and far from where calendars and time zones end.
    private const int FirstYear = 2000;
    private const int LastYear = 2199;

    /// <summary>An instant; null, and told so, where it is none.</summary>
    internal static DateTimeOffset? Instant(this FieldErrors fields, string field, string? text)
    {
        if (!InstantConverter.TryParse(text, out var instant))
        {
            fields.Add(field, $"{field} must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z");
            return null;
        }

        fields.Require(instant.Year is >= FirstYear and <= LastYear, field, $"{field} must lie in the years {FirstYear} to {LastYear}");
        // Answers carry milliseconds: what is kept is what is answered.
        return instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
