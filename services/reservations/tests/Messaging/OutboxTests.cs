using System.Net;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class OutboxTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    // Nothing listens there.
    private static readonly Uri Nowhere = new("amqp://guest:guest@127.0.0.1:1/");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Every_change_is_said_on_its_exchange_with_the_next_version()
    {
        await using var bus = await BusProbe.OnAsync(
            host.Bus, "coworking:location-changed", "coworking:space-changed", "coworking:booking-placed", "coworking:booking-moved", "coworking:booking-cancelled");
        var location = await host.LocationAsync("Europe/Madrid");
        await SaysAsync("LocationChanged", 1, "location", location, ("change", "registered"));
        var space = await host.SpaceAsync(location);
        await SaysAsync("SpaceChanged", 1, "space", space, ("change", "registered"));
        (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { openTime = "08:00" })).Is(HttpStatusCode.OK);
        var hours = (await SaysAsync("SpaceChanged", 2, "space", space, ("change", "changed"))).GetProperty("space");
        Assert.Equal("08:00", hours.GetProperty("officeHours").GetProperty("openTime").GetString());
        Assert.Equal("Europe/Madrid", hours.GetProperty("timezone").GetString());
        (await host.Admin.PatchAsync($"/locations/{location}", new { timezone = "UTC" })).Is(HttpStatusCode.OK);
        Assert.Equal("UTC", (await SaysAsync("SpaceChanged", 3, "space", space)).GetProperty("space").GetProperty("timezone").GetString());

        var booking = await host.BookAsync(space, Stage.Monday());
        var placed = (await SaysAsync("BookingPlaced", 1, "booking", booking.Id)).GetProperty("booking");
        Assert.Equal(booking["startTime"].GetString(), placed.GetProperty("start").GetString());
        Assert.Equal("confirmed", placed.GetProperty("status").GetString());
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "Ana" })).Is(HttpStatusCode.OK);
        await SaysAsync("BookingMoved", 2, "booking", booking.Id);
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("cancelled", (await SaysAsync("BookingCancelled", 3, "booking", booking.Id)).GetProperty("booking").GetProperty("status").GetString());
        (await host.Admin.DeleteAsync($"/spaces/{space}")).Is(HttpStatusCode.NoContent);
        await SaysAsync("SpaceChanged", 4, "space", space, ("change", "removed"));

        async Task<System.Text.Json.JsonElement> SaysAsync(string type, long version, string subject, Guid id, (string Name, string Value)? member = null)
        {
            var envelope = await bus.NextAsync(message => message.TryGetProperty(subject, out var facts) && facts.GetProperty("id").GetGuid() == id
                && message.GetProperty("version").GetInt64() == version);
            Assert.Equal($"urn:message:Coworking.Contracts:{type}", envelope.GetProperty("messageType")[0].GetString());
            var message = envelope.GetProperty("message");
            Assert.Equal(envelope.GetProperty("messageId").GetGuid(), message.GetProperty("messageId").GetGuid());
            Assert.True(envelope.GetProperty("headers").TryGetProperty("traceparent", out _));
            Assert.EndsWith("Z", message.GetProperty("occurredAt").GetString(), StringComparison.Ordinal);

            if (member is { } expected)
            {
                Assert.Equal(expected.Value, message.GetProperty(expected.Name).GetString());
            }

            return message;
        }
    }

    [Fact]
    public async Task While_the_bus_is_away_bookings_are_taken_and_said_later()
    {
        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:booking-placed");
        await host.RestartAsync(Nowhere);
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from outbox_messages where body like '%' || $1 || '%'", booking.Id.ToString()));

        await host.RestartAsync();
        _ = host.User;
        await bus.NextAsync(message => message.GetProperty("booking").GetProperty("id").GetGuid() == booking.Id);
        await Wait.UntilAsync(
            async () => await host.ScalarAsync<long>("select count(*) from outbox_messages") == 0, Limit, "the outbox is empty", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_bus_the_service_is_ready_and_only_degraded()
    {
        await host.RestartAsync(Nowhere);
        var ready = (await host.Nobody().SendAsync(HttpMethod.Get, "/../../health/ready")).Is(HttpStatusCode.OK);
        Assert.Equal("Degraded", ready["status"].GetString());
        await host.RestartAsync();
    }

    [Fact]
    public async Task Everybody_may_ask_how_the_database_is()
    {
        var health = (await host.Nobody().SendAsync(HttpMethod.Get, "/../../health/db")).Is(HttpStatusCode.OK);
        Assert.Equal("ok", health["status"].GetString());
        Assert.InRange(health["pool"].GetProperty("active").GetInt32(), 1, health["pool"].GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_row_that_is_no_message_is_parked_and_holds_nobody_up()
    {
        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:location-changed");
        await host.ExecuteAsync("insert into outbox_messages (message_id, type, body, occurred_at) values (gen_random_uuid(), 'Nonsense', '{}', now()), (gen_random_uuid(), 'BookingPlaced', '[', now())");
        var location = await host.LocationAsync();
        await bus.NextAsync(message => message.GetProperty("location").GetProperty("id").GetGuid() == location);
        await Wait.UntilAsync(
            async () => await host.ScalarAsync<long>("select count(*) from outbox_messages") == 0, Limit, "the outbox is empty", TestContext.Current.CancellationToken);
        Assert.Equal(2, await host.ScalarAsync<long>("select count(*) from outbox_parked where reason <> ''"));
    }
}
