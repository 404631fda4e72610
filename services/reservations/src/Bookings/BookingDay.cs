using System.Globalization;
using Coworking.Hosting.Json;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// A bookingDate as clients say it: a calendar day, or an instant. An instant at exactly 00:00Z means that UTC date (web clients send days so);
/// any other means the date on the wall of the location, so the day is known only with its zone.
/// </summary>
internal readonly record struct BookingDay
{
    private readonly DateOnly _day;
    private readonly DateTimeOffset? _instant;

    private BookingDay(DateOnly day, DateTimeOffset? instant) => (_day, _instant) = (day, instant);

    /// <summary>The year, give or take the zone.</summary>
    internal int Year => _instant?.Year ?? _day.Year;

    internal static bool TryParse(string? text, out BookingDay day)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            day = new BookingDay(date, instant: null);
            return true;
        }

        var isInstant = InstantConverter.TryParse(text, out var instant);
        day = instant.UtcDateTime.TimeOfDay == TimeSpan.Zero
            ? new BookingDay(DateOnly.FromDateTime(instant.UtcDateTime), instant: null)
            : new BookingDay(default, instant);
        return isInstant;
    }

    internal DateOnly In(TimeZoneInfo zone) => _instant is { } instant ? DateIn(zone, instant) : _day;

    /// <summary>The date on the wall of a zone.</summary>
    internal static DateOnly DateIn(TimeZoneInfo zone, DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    internal static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
