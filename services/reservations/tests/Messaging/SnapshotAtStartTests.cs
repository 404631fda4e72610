using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class SnapshotAtStartTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_service_without_twins_asks_for_them_when_it_starts()
    {
        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:snapshot-requested");
        _ = host.User;
        var asked = await bus.NextAsync(_ => true);
        Assert.Equal("reservations", asked.GetProperty("message").GetProperty("requestedBy").GetString());
    }
}
