namespace Coworking.Reservations.Http;

/// <summary>Times as they stand on the wall of a place.</summary>
internal static class WallClock
{
    internal static DateTime Of(DateTimeOffset instant, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(instant, zone).DateTime;

    /// <summary>
    /// The instant at which the wall shows a time: the first where it shows it twice; where the clocks jump over it, as if they had not jumped yet,
    /// which is later by the gap on the wall.
    /// </summary>
    internal static DateTimeOffset At(DateTime wall, TimeZoneInfo zone)
    {
        // A day to either side lies beyond any offset (14 hours), so a change of the clocks near the wall time lies between both; judged by instants
        // alone, for only of them the zone says the same everywhere: "standard time" is the later one in Dublin, and a whole day has been left out in Apia.
        var utc = new DateTimeOffset(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), TimeSpan.Zero);
        var before = utc - zone.GetUtcOffset(utc.AddDays(-1));
        var after = utc - zone.GetUtcOffset(utc.AddDays(1));
        return Of(before, zone) == wall || Of(after, zone) != wall ? before : after;
    }
}
