using System.Net;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

/// <summary>A cancellation is not the only way in which a time becomes free.</summary>
public sealed class FreedTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Theory]
    // Minutes from the start of what was booked to the start of what is offered; null: whenever it is now.
    [InlineData("no-show", 15)]
    [InlineData("lapse", 15)]
    [InlineData("reject", 0)]
    [InlineData("complete", null)]
    public async Task Whatever_frees_a_time_it_is_offered_to_who_waits(string way, int? minutes)
    {
        var now = TimeProvider.System.GetUtcNow();
        var start = minutes is null ? now.AddMinutes(-30) : Stage.Monday().AddHours(9);
        var space = way == "no-show" ? await host.StrictSpaceAsync() : await host.SpaceAsync();

        if (way is "lapse" or "reject")
        {
            await host.PolicyAsync(space, """{"requiresApproval":true}""");
        }

        var booked = (await host.Admin.PostAsync("/bookings", Stage.Wish(space, start, 3))).Is(HttpStatusCode.Created);
        var waiter = await host.WaitAsync(space, start, start.AddHours(3), minutes: 30);

        switch (way)
        {
            case "no-show":
                await host.At(start.AddMinutes(10)).RunAsync<NoShows>();
                break;
            case "lapse":
                await host.At(start).RunAsync<Lapses>();
                break;
            default:
                (await host.Admin.PostAsync($"/bookings/{booked.Id}/{way}", new { })).Is(HttpStatusCode.OK);
                break;
        }

        var entry = await host.EntryAsync(waiter);
        Assert.Equal("offered", entry["status"].GetString());
        var offered = entry["offer"].GetProperty("start").GetDateTimeOffset();
        Assert.InRange(offered, minutes is { } after ? start.AddMinutes(after) : now.AddMinutes(2), minutes is { } most ? start.AddMinutes(most) : now.AddMinutes(20));
    }
}
