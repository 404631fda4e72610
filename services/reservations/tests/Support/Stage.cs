using System.Net;

namespace Coworking.Reservations.Tests.Support;

/// <summary>Locations, spaces and bookings for a test to play with. Times lie in a week that no other test of the class uses.</summary>
internal static class Stage
{
    private static int _weeks;

    /// <summary>A Monday 00:00Z at least three weeks ahead; each call another week, so that after many calls it may lie years ahead.</summary>
    internal static DateTimeOffset Monday() => Soon().AddDays(7 * Interlocked.Increment(ref _weeks));

    /// <summary>A Monday 00:00Z two to three weeks ahead, the same for all.</summary>
    internal static DateTimeOffset Soon()
    {
        var today = Today();
        return today.AddDays(14 + ((8 - (int)today.DayOfWeek) % 7));
    }

    /// <summary>The midnight behind us, in UTC.</summary>
    internal static DateTimeOffset Today() => new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    internal static string Email() => $"client-{Guid.CreateVersion7():N}@example.com";

    internal static async Task<Guid> LocationAsync(this ReservationsHost host, string timezone = "UTC", string name = "House") =>
        (await host.Admin.PostAsync("/locations", new { name, latitude = 19.4, longitude = -99.1, timezone })).Is(HttpStatusCode.Created).Id;

    internal static async Task<Guid> SpaceAsync(this ReservationsHost host, Guid? locationId = null, string name = "Room", object? more = null)
    {
        var body = new Dictionary<string, object?> { ["locationId"] = locationId ?? await host.LocationAsync(), ["name"] = name, ["capacity"] = 8 };

        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            body[property.Name] = property.GetValue(more);
        }

        return (await host.Admin.PostAsync("/spaces", body)).Is(HttpStatusCode.Created).Id;
    }

    /// <summary>The body of a booking.</summary>
    internal static Dictionary<string, object?> Wish(Guid spaceId, DateTimeOffset start, double hours = 1, string? email = null) => new()
    {
        ["spaceId"] = spaceId,
        ["clientEmail"] = email ?? Email(),
        ["bookingDate"] = start.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        ["startTime"] = start,
        ["endTime"] = start.AddHours(hours),
    };

    internal static async Task<Answer> BookAsync(this ReservationsHost host, Guid spaceId, DateTimeOffset start, double hours = 1, string? email = null) =>
        (await host.User.PostAsync("/bookings", Wish(spaceId, start, hours, email))).Is(HttpStatusCode.Created);
}
