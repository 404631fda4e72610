using System.Diagnostics;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Partitions;

/// <summary>Replicas come, go and die (reliability.md R21; twenty times under load: ./dev faults R21).</summary>
public sealed class HandOverTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicas_share_the_partitions_evenly_and_hand_them_over_when_one_joins_or_leaves_without_losing_or_doubling_a_sample()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var first = await platform.StartAsync();
        await SharedAsync(platform, 4);
        // Several locations, so that several partitions have something to hand over.
        var rooms = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Room.AddAsync(platform, first)));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var sending = SendAsync(rooms, done.Token);

        var second = await platform.StartAsync();
        await SharedAsync(platform, 2, 2);
        var third = await platform.StartAsync();
        await SharedAsync(platform, 1, 1, 2);
        await third.DisposeAsync();
        await second.DisposeAsync();
        await SharedAsync(platform, 4);

        await done.CancelAsync();
        await CountedOnceAsync(platform, rooms, await sending);
    }

    [Fact]
    public async Task When_a_replica_is_killed_another_has_its_partitions_within_twelve_seconds_and_nothing_is_lost_or_counted_twice()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var survivor = await platform.StartAsync();
        await using var victim = await ChildProcess.StartAsync(
            new ChildProcessOptions("dotnet", [typeof(IotDb).Assembly.Location, .. platform.Settings("--urls=http://127.0.0.1:0")]) { Name = "victim" }, Ended);
        await SharedAsync(platform, 2, 2);
        var rooms = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Room.AddAsync(platform, survivor)));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var sending = SendAsync(rooms, done.Token);
        await platform.UntilAsync("select least(count(*), 300) from readings", 300);

        using (var program = Process.GetProcessById(victim.Id))
        {
            program.Kill();
        }

        var watch = Stopwatch.StartNew();
        await SharedAsync(platform, 4);
        // Without the end of its leases nobody would have them; a busy machine gets more than the twelve.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 40);
        await done.CancelAsync();
        await CountedOnceAsync(platform, rooms, await sending);
    }

    [Fact]
    public async Task What_waits_in_a_session_while_no_replica_runs_is_taken_by_the_next_one()
    {
        await using var platform = await TestPlatform.CreateAsync();
        Room room;

        await using (var service = await platform.StartAsync())
        {
            room = await Room.AddAsync(platform, service);
        }

        await room.SendSeriesAsync(room.Start, 2000, 1, "\"temp_c\":20");
        await using var next = await platform.StartAsync();
        await room.StoredAsync(2000);
        Assert.Equal(0, await platform.ScalarAsync<long>("select count(*) from rejected_readings where topic = $1", room.Topic));
    }

    /// <summary>Waits until the replicas that are alive hold so many partitions each.</summary>
    private static Task SharedAsync(TestPlatform platform, params int[] shares)
    {
        var last = "";
        return Wait.UntilAsync(
            async () =>
            {
                var held = await platform.ListAsync(
                    "select count(*)::int from leases where name like 'partition/%' and held_until > now() group by holder order by 1", reader => reader.GetInt32(0));
                last = string.Join(", ", held);
                return held.SequenceEqual(shares);
            },
            TestPlatform.Limit, $"shares of {string.Join(", ", shares)} (are {last})", Ended);
    }

    /// <summary>A sample a millisecond of device time into each room in turn, until told to stop; how many went into each.</summary>
    private static async Task<int> SendAsync(Room[] rooms, CancellationToken done)
    {
        var count = 0;

        while (!done.IsCancellationRequested)
        {
            var at = rooms[0].Start.AddMilliseconds(count++);
            await Task.WhenAll(rooms.Select(room => room.SendAsync($"{{\"ts\":\"{Room.Text(at)}\",\"temp_c\":20}}")));
        }

        return count;
    }

    private static async Task CountedOnceAsync(TestPlatform platform, Room[] rooms, int sent)
    {
        foreach (var room in rooms)
        {
            await room.StoredAsync(sent);
            Assert.Equal(sent, await platform.ScalarAsync<long>("select sum(sample_count)::bigint from windows w join spaces s on s.key = w.space_key where s.id = $1", room.Id));
        }
    }
}
