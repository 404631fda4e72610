using System.Globalization;

namespace Coworking.SystemTests.Running;

/// <summary>Bodies of POST /bookings.</summary>
internal static class Wish
{
    internal static object For(Guid space, string email, DateOnly day, int from, int to) => For(space, email, LocalTime.At(day, from), LocalTime.At(day, to));

    /// <summary>With bookingDate as the web client sends it: the local day at 00:00Z.</summary>
    internal static object For(Guid space, string email, DateTimeOffset start, DateTimeOffset end) => new
    {
        spaceId = space,
        clientEmail = email,
        bookingDate = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(start, Demo.Zone).DateTime).ToString("yyyy-MM-dd'T00:00:00.000Z'", CultureInfo.InvariantCulture),
        startTime = Sample.Time(start),
        endTime = Sample.Time(end),
    };

    internal static string NewEmail(string who = "client") => $"{who}.{Guid.CreateVersion7():N}@example.com";
}
