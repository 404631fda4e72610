using Coworking.Faults.Ingest;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Ingest;

/// <summary>What was committed and could not be acknowledged comes again (reliability.md R2; a hundred times, and with kills: ./dev faults R2).</summary>
public sealed class LostAcknowledgementTests
{
    private const int Cuts = 3;
    private const int Samples = 40;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_breaks_between_commit_and_acknowledgement_brings_everything_again_and_counts_it_once()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var proxy = new BrokerProxy(platform.Broker.Port);
        await using var service = await platform.StartAsync($"--Mqtt:Port={proxy.Port}");
        var room = await Room.AddAsync(platform, service);

        for (var cut = 0; cut < Cuts; cut++)
        {
            await Wait.UntilAsync(() => proxy.Following == 1, TestPlatform.Limit, "the partition subscribed", Ended);
            proxy.Withholds = true;
            var (withheld, acknowledged) = (proxy.Withheld, proxy.Acknowledged);
            await room.SendSeriesAsync(room.Start.AddSeconds(cut * Samples), Samples, 1, "\"temp_c\":20");
            await Wait.UntilAsync(() => proxy.Withheld - withheld >= Samples, TestPlatform.Limit, "acknowledgements that go nowhere", Ended);
            // No acknowledgement before its commit.
            await room.StoredAsync((cut + 1) * Samples);
            proxy.Cut();
            proxy.Withholds = false;
            await Wait.UntilAsync(() => proxy.Acknowledged - acknowledged >= Samples, TestPlatform.Limit, "acknowledgements of the copies", Ended);
        }

        Assert.True(proxy.Redelivered >= Cuts * Samples, $"{proxy.Redelivered} came again");
        await room.StoredAsync(Cuts * Samples);
        Assert.Equal(Cuts * Samples, await platform.ScalarAsync<long>("select sum(sample_count)::bigint from windows w join spaces s on s.key = w.space_key where s.id = $1", room.Id));
    }
}
