using System.Globalization;
using System.Net;
using Coworking.Hosting.Leases;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Waitlist;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Coworking.Reservations.Tests.Waitlist;

/// <summary>Who waits, and what comes of it.</summary>
internal static class WaitlistStage
{
    internal static Dictionary<string, object?> Wait(Guid spaceId, DateTimeOffset from, DateTimeOffset to, int minutes = 60, string? email = null, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["spaceId"] = spaceId, ["clientEmail"] = email ?? Stage.Email(), ["from"] = from, ["to"] = to, ["minutes"] = minutes };

        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            body[property.Name] = property.GetValue(more);
        }

        return body;
    }

    internal static async Task<Guid> WaitAsync(this ReservationsHost host, Guid spaceId, DateTimeOffset from, DateTimeOffset to, int minutes = 60, string? email = null, object? more = null) =>
        (await host.Admin.PostAsync("/waitlist", Wait(spaceId, from, to, minutes, email, more))).Is(HttpStatusCode.Created).Id;

    internal static async Task<Answer> EntryAsync(this ReservationsHost host, Guid id) => (await host.Admin.GetAsync($"/waitlist/{id}")).Is(HttpStatusCode.OK);

    internal static async Task<string> StatusAsync(this ReservationsHost host, Guid id) => (await host.EntryAsync(id))["status"].GetString()!;

    /// <summary>One who waits and is offered what another has given up.</summary>
    internal static async Task<(Guid Waiter, Guid Hold)> OfferedAsync(this ReservationsHost host)
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var waiter = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        return (waiter, (await host.EntryAsync(waiter))["offer"].GetProperty("bookingId").GetGuid());
    }

    /// <summary>The path of the offer's link below /api/v1.</summary>
    internal static string Link(this ReservationsHost host, Guid entry)
    {
        var link = host.OfferLinks[entry];
        return link[(link.IndexOf("/api/v1", StringComparison.Ordinal) + "/api/v1".Length)..];
    }

    /// <summary>What the job does at a time.</summary>
    internal static Task WatchAsync(this ReservationsHost host, DateTimeOffset now) => new WaitlistWatch(
        host.Services.GetRequiredService<IServiceScopeFactory>(),
        host.Services.GetRequiredService<NpgsqlDataSource>(),
        host.Services.GetRequiredService<LeaseStore>(),
        new StandingClock(now),
        NullLogger<WaitlistWatch>.Instance).RunOnceAsync(TestContext.Current.CancellationToken);

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
