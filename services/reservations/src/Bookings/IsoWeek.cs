using System.Globalization;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// Weeks as ISO 8601 names them. A booking belongs to the week of its start's date on the wall of its own location, so a client's bookings in two zones
/// are of one week when a calendar calls both days so, although the week begins at two different instants.
/// </summary>
internal static class IsoWeek
{
    /// <summary>The Monday of a day's week.</summary>
    internal static DateOnly StartOf(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));

    /// <summary>E.g. 2026-W47; the days around new year may belong to another year's week.</summary>
    internal static string Name(DateOnly day)
    {
        var date = day.ToDateTime(TimeOnly.MinValue);
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(date):0000}-W{ISOWeek.GetWeekOfYear(date):00}");
    }
}
