using System.Net;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class HearingTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_twin_is_shown_with_its_space_and_an_older_one_is_dropped()
    {
        var space = await host.SpaceAsync();
        await using var bus = await BusProbe.OnAsync(host.Bus);
        await QueueStandsAsync(bus, "reservations-twins");

        var newest = Twin(space, version: 5, interval: 10);
        await bus.SayAsync("coworking:twin-changed", nameof(TwinChanged), newest.MessageId, newest);
        await IntervalBecomesAsync(space, 10);
        var read = await host.User.GetAsync($"/spaces/{space}");
        Assert.Equal(1000, read["deviceDesired"].GetProperty("co2AlertThreshold").GetInt32());
        Assert.Equal("1.0.0", read["deviceReported"].GetProperty("firmwareVersion").GetString());
        Assert.EndsWith("Z", read["deviceReported"].GetProperty("reportedAt").GetString(), StringComparison.Ordinal);

        // Older, a repetition with other contents, then newer: once the last is seen, the first two have been judged.
        var older = Twin(space, version: 4, interval: 77);
        await bus.SayAsync("coworking:twin-changed", nameof(TwinChanged), older.MessageId, older);
        await HeardAsync(older.MessageId);
        Assert.Equal(10, await IntervalAsync(space));
        var repeated = newest with { Version = 99, Desired = new TwinDesired(88, 1000) };
        await bus.SayAsync("coworking:twin-changed", nameof(TwinChanged), repeated.MessageId, repeated);
        var next = Twin(space, version: 6, interval: 20) with { Reported = null };
        await bus.SayAsync("coworking:twin-changed", nameof(TwinChanged), next.MessageId, next);
        await IntervalBecomesAsync(space, 20);
        Assert.Equal(6, await host.ScalarAsync<long>("select version from space_twins where space_id = $1", space));
        Assert.Equal(JsonValueKind.Null, (await host.User.GetAsync($"/spaces/{space}"))["deviceReported"].ValueKind);
    }

    [Fact]
    public async Task Republishing_says_everything_again_with_present_versions()
    {
        var location = await host.LocationAsync();
        var (kept, gone) = (await host.SpaceAsync(location), await host.SpaceAsync(location));
        (await host.Admin.PatchAsync($"/spaces/{kept}", new { name = "Renamed" })).Is(HttpStatusCode.OK);
        (await host.Admin.DeleteAsync($"/spaces/{gone}")).Is(HttpStatusCode.NoContent);
        var (live, cancelled) = (await host.BookAsync(kept, Stage.Monday()), await host.BookAsync(kept, Stage.Monday()));
        (await host.User.PatchAsync($"/bookings/{live.Id}", new { clientName = "Ana" })).Is(HttpStatusCode.OK);
        (await host.User.DeleteAsync($"/bookings/{cancelled.Id}")).Is(HttpStatusCode.NoContent);
        await using var queues = await BusProbe.OnAsync(host.Bus);
        await QueueStandsAsync(queues, "reservations-snapshots");
        await OutboxIsEmptyAsync();

        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:location-changed", "coworking:space-changed", "coworking:booking-placed", "coworking:snapshot-requested");
        var accepted = (await host.Admin.PostAsync("/admin/republish", new { })).Is(HttpStatusCode.Accepted);
        var heard = new Dictionary<Guid, (long Version, string? Change)>();

        while (!(heard.ContainsKey(location) && heard.ContainsKey(kept) && heard.ContainsKey(gone) && heard.ContainsKey(live.Id) && heard.ContainsKey(accepted["messageId"].GetGuid())))
        {
            var message = (await bus.NextAsync(_ => true)).GetProperty("message");
            var facts = new[] { "location", "space", "booking" }.Where(name => message.TryGetProperty(name, out _)).Select(message.GetProperty).FirstOrDefault();
            var (id, version) = facts.ValueKind == JsonValueKind.Object ? (facts.GetProperty("id").GetGuid(), message.GetProperty("version").GetInt64()) : (message.GetProperty("messageId").GetGuid(), 0);
            heard[id] = (version, message.TryGetProperty("change", out var change) ? change.GetString() : null);
        }

        Assert.Equal((1, "changed"), heard[location]);
        Assert.Equal((2, "changed"), heard[kept]);
        Assert.Equal((2, "removed"), heard[gone]);
        Assert.Equal(2, heard[live.Id].Version);
        await OutboxIsEmptyAsync();
        Assert.DoesNotContain(cancelled.Id, heard.Keys);
    }

    private static TwinChanged Twin(Guid space, long version, int interval) => new(
        Guid.CreateVersion7(),
        TimeProvider.System.GetUtcNow(),
        version,
        space,
        Guid.CreateVersion7(),
        new TwinDesired(interval, 1000),
        version,
        new TwinReported(interval, 1000, "1.0.0", TimeProvider.System.GetUtcNow()),
        version);

    private async Task<int?> IntervalAsync(Guid space) =>
        (await host.User.GetAsync($"/spaces/{space}"))["deviceDesired"] is { ValueKind: JsonValueKind.Object } desired ? desired.GetProperty("samplingIntervalSec").GetInt32() : null;

    private Task IntervalBecomesAsync(Guid space, int interval) =>
        Wait.UntilAsync(async () => await IntervalAsync(space) == interval, Limit, $"the twin shows {interval} s", TestContext.Current.CancellationToken);

    private Task HeardAsync(Guid messageId) => Wait.UntilAsync(
        async () => await host.ScalarAsync<long>("select count(*) from inbox_messages where message_id = $1", messageId) == 1, Limit, "the message was heard", TestContext.Current.CancellationToken);

    private Task OutboxIsEmptyAsync() => Wait.UntilAsync(
        async () => await host.ScalarAsync<long>("select count(*) from outbox_messages") == 0, Limit, "the outbox is empty", TestContext.Current.CancellationToken);

    private static Task QueueStandsAsync(BusProbe bus, string queue) =>
        Wait.UntilAsync(() => bus.StandsAsync(queue), Limit, $"{queue} stands", TestContext.Current.CancellationToken);
}
