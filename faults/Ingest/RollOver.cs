using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R18: days begin and end, partitions are made, dropped and their keys packed, all under load.</summary>
internal static class RollOver
{
    private const int OldDays = 3;
    private const double MostMilliseconds = 100;

    // A day of device time in 36 s: midnights pass in a run of a minute and a half.
    private static readonly TimeSpan Spacing = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var rounds = options.Repeat ?? (options.Small ? 2 : 12);
        var (devices, rate) = options.Small ? (100, 400) : (500, 2000);
        var run = new FaultRun("R18", "partitions roll over and are let go under load", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        var midnight = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var start = midnight.AddDays(-18).AddHours(-3);
        var workload = new Workload(spaces, start, Spacing);
        var recovery = await Recovery.OfAsync(stage, spaces, cancellationToken);
        // Every second day that devices will speak of has no partition: whoever needs it first makes it, the batch or the one who cares for storage.
        await DropAsync(stage, [.. Enumerable.Range(0, 5).Select(day => midnight.AddDays(-17 + (2 * day)))], cancellationToken);
        await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, workload, rate, cancellationToken);
        await recovery.AllSinceAsync(start.AddSeconds(-1).UtcDateTime, cancellationToken);
        await using var locks = new LockWatch(stage);
        run.Say($"{devices} devices, {rate} messages/s, {rounds} rounds");
        var (made, dropped) = (0, 0);

        for (var round = 1; round <= rounds; round++)
        {
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            await RoundAsync(stage, midnight, cancellationToken);
            (made, dropped) = (made + 2, dropped + OldDays);
            run.Add(new Fault($"round {round}", at, null, locks.TakeWorst() / 1000, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        var sent = await fleet.StopAsync();
        var ledger = new Ledger();
        ledger.Add(workload, sent);
        ledger.Alerts.Clear();
        var verdict = await Verdict.OfAsync(stage, spaces, ledger, start.AddMinutes(-1), cancellationToken, isInOrder: false);
        var midnights = (int)(workload.TimeOf(sent - 1) - start.AddHours(3)).TotalDays + 1;
        verdict = verdict with
        {
            Checks =
            [
                .. verdict.Checks,
                Check.AtMost("longest wait of a batch for a table, ms", MostMilliseconds, locks.Worst),
                Check.AtMost("longest wait of a batch for a row, ms", MostMilliseconds, locks.WorstRow),
                Check.AtLeast("looks at the locks a second", 20, locks.LooksPerSecond),
            ],
        };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1, ten minutes of device time apart: {midnights} midnights pass, some of days without a partition. Meanwhile, {rounds} times, the leased job that cares for
            storage runs: it makes the partitions of two days that are missing ({made}), detaches and drops {OldDays} old days with readings in them ({dropped}), deletes what is older than is kept, and packs the key of a finished
            day. Every 5 ms the server is asked whether a batch waits for a lock; longest for a table: {locks.WorstQuery}; a row is waited for where late samples meet the job that keeps the sums of hours. "First fresh reading" is the longest wait for a table in a round,
            "every space" how long the round took.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, limit: null, cancellationToken);
    }

    /// <summary>Something to make and something to let go of, and the lease taken away so that whoever takes it anew goes to work.</summary>
    private static async Task RoundAsync(Stage stage, DateTimeOffset midnight, CancellationToken cancellationToken)
    {
        await DropAsync(stage, [midnight.AddDays(2), midnight.AddDays(3)], cancellationToken);
        await stage.ExecuteAsync($"set search_path to iot; select ensure_partitions('2020-01-01', '2020-01-0{OldDays}')", cancellationToken);
        await stage.ExecuteAsync("""
            insert into iot.readings (space_key, at, digest, temp_c)
            select n % 100, timestamptz '2020-01-01 00:00:00Z' + n * interval '4 seconds', n, 20000 from generate_series(1, 50000) n
            """, cancellationToken);
        await stage.ExecuteAsync("analyze iot.readings", cancellationToken);
        // Longer than until the next renewal, which is every three seconds.
        await stage.ExecuteAsync("update iot.leases set holder = 'nobody', held_until = now() + interval '4 seconds' where name = 'storage'", cancellationToken);
        var newest = string.Create(CultureInfo.InvariantCulture, $"iot.readings_{midnight.AddDays(3):yyyyMMdd}");
        await Wait.UntilAsync(
            async () => await stage.CountAsync("select count(*) from pg_class where relname like 'readings_2020%' and relkind = 'r'", cancellationToken) == 0
                && await stage.CountAsync($"select case when to_regclass('{newest}') is null then 0 else 1 end", cancellationToken) == 1,
            Limit, "the storage is cared for", cancellationToken);
    }

    private static async Task DropAsync(Stage stage, DateTimeOffset[] days, CancellationToken cancellationToken)
    {
        foreach (var part in days.Select(day => string.Create(CultureInfo.InvariantCulture, $"readings_{day:yyyyMMdd}")))
        {
            if (await stage.CountAsync($"select case when to_regclass('iot.{part}') is null then 0 else 1 end", cancellationToken) == 1)
            {
                await stage.ExecuteAsync($"alter table iot.readings detach partition iot.{part} concurrently", cancellationToken);
                await stage.ExecuteAsync($"drop table iot.{part}", cancellationToken);
            }
        }
    }
}
