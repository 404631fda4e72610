using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Faults.Bookings;
using Coworking.Local;
using Npgsql;

namespace Coworking.Faults.Databases;

/// <summary>R16: a database that answers and takes nothing: read-only, its disk full, or rows that somebody holds locked.</summary>
internal sealed class StuckDatabase
{
    private const int Rate = 50;
    private const int Devices = 100;

    // What was on its way when the fault came may still be answered.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Held = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Stage _stage;
    private readonly FaultRun _run;
    private readonly BookingFlow _flow;
    private readonly Recovery _recovery;
    private readonly List<Check> _checks = [];

    private StuckDatabase(Stage stage, FaultRun run, BookingFlow flow, Recovery recovery) => (_stage, _run, _flow, _recovery) = (stage, run, flow, recovery);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var rounds = options.Repeat ?? (options.Small ? 1 : 3);
        var run = new FaultRun("R16", "a database that takes nothing", options);
        await using var disk = await SmallDisk.TryMountAsync(cancellationToken);
        await using var stage = await Stage.StartAsync(
            cancellationToken, usual => usual with { ExtraEnvironment = BookingSide.WideOpen }, servers => disk?.HoldAsync(servers, cancellationToken) ?? Task.CompletedTask);
        var met = await stage.AddSpacesAsync(16, Devices, cancellationToken);
        using var side = await BookingSide.AtGatewayAsync(stage, cancellationToken);
        var spaces = await BookingSide.AddSpacesAsync(stage, 50, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, met, 2 * Devices, cancellationToken);
        await using var flow = new BookingFlow(side, spaces, Rate, cancellationToken);
        var self = new StuckDatabase(stage, run, flow, fleet.Recovery);
        run.Say($"{Rate} bookings/s, {2 * Devices} messages/s, {rounds} rounds{(disk is null ? "; not root: no disk that can be filled" : "")}");

        for (var round = 1; round <= rounds; round++)
        {
            await self.ReadOnlyAsync(round, cancellationToken);
            await self.LockedAsync(round, met, spaces, cancellationToken);

            if (disk is not null)
            {
                await self.FullAsync(round, disk, cancellationToken);
            }
        }

        await flow.StopAsync();
        var counted = await fleet.VerdictAsync(cancellationToken);
        var verdict = new Verdict([.. self._checks, .. counted.Checks, .. await flow.ChecksAsync(stage, cancellationToken)]);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {Rate} bookings/s through the gateway and {2 * Devices} readings/s, QoS 1, while for {Held.TotalSeconds:0} s each, {rounds} times by turns: PostgreSQL is read-only (`default_transaction_read_only`), every row that a booking or a
            reading needs is locked by another session, {(disk is null ? "(not root: the disk was not filled)" : "the disk with the tables is full (a tablespace in memory, filled to the last page; the log of PostgreSQL lies elsewhere)")}.
            From {OnItsWay.TotalSeconds:0} s after the beginning nothing may be granted or stored; on a full disk what is granted must be stored, as pages in use have room left. A reading that was acknowledged to the broker and not
            stored would be lost. Nobody helps the services: `first` and `every` are from the end of the fault until there are a fresh reading and a granted booking, and a fresh reading of every space.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, null, cancellationToken);
    }

    private async Task ReadOnlyAsync(int round, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        // Its own word goes before the server's: it has to be able to take it back.
        await ExecuteAsync(connection, "set default_transaction_read_only = off", cancellationToken);
        await ExecuteAsync(connection, "alter system set default_transaction_read_only = on", cancellationToken);
        await ExecuteAsync(connection, "select pg_reload_conf()", cancellationToken);
        await HoldAsync($"read-only ({round})", isStrict: true, cancellationToken);
        await ExecuteAsync(connection, "alter system reset default_transaction_read_only", cancellationToken);
        await ExecuteAsync(connection, "select pg_reload_conf()", cancellationToken);
        await RecoverAsync($"read-only ({round})", cancellationToken);
    }

    private async Task LockedAsync(int round, List<BenchSpace> met, Guid[] spaces, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await ExecuteAsync(connection, "begin", cancellationToken);
        await ExecuteAsync(connection, "select from reservations.spaces where id = any($1) order by id for update", cancellationToken, spaces);
        await ExecuteAsync(connection, "select from iot.space_states where space_key in (select key from iot.spaces where id = any($1)) order by space_key for update", cancellationToken, met.Select(space => space.Id).ToArray());
        await HoldAsync($"rows locked ({round})", isStrict: true, cancellationToken);
        await ExecuteAsync(connection, "rollback", cancellationToken);
        await RecoverAsync($"rows locked ({round})", cancellationToken);
    }

    private async Task FullAsync(int round, SmallDisk disk, CancellationToken cancellationToken)
    {
        var refused = Refused();
        await disk.FillAsync(cancellationToken);
        await HoldAsync($"disk full ({round})", isStrict: false, cancellationToken);
        var more = Refused() - refused;
        _checks.Add(new Check($"disk full ({round}): bookings refused, at least 1", 1, more, more > 0 ? 0 : 1, 0));
        disk.Free();
        await RecoverAsync($"disk full ({round})", cancellationToken);
    }

    private async Task HoldAsync(string what, bool isStrict, CancellationToken cancellationToken)
    {
        await Task.Delay(OnItsWay, cancellationToken);
        var (from, stored) = (_flow.Seconds, await _recovery.NewestAsync(cancellationToken));
        await Task.Delay(Held - OnItsWay, cancellationToken);
        var (granted, newer) = (_flow.GrantedBetween(from, _flow.Seconds), await _recovery.NewestAsync(cancellationToken) > stored ? 1 : 0);
        _run.Say($"{what}: {granted} granted, {(newer == 0 ? "no reading" : "readings")} stored meanwhile");

        if (isStrict)
        {
            _checks.Add(new Check($"{what}: bookings granted meanwhile", 0, granted, granted, 0));
            _checks.Add(new Check($"{what}: readings stored meanwhile", 0, newer, newer, 0));
        }
    }

    private async Task RecoverAsync(string what, CancellationToken cancellationToken)
    {
        var (at, over, from) = (_run.Seconds, Stopwatch.GetTimestamp(), _flow.Seconds);
        var booked = _flow.GrantedAfterAsync(from, Limit, cancellationToken);
        var (first, all) = await _recovery.MeasureAsync(await _recovery.NewestAsync(cancellationToken), over, cancellationToken);
        _run.Add(new Fault(what, at, null, Math.Max(first, await booked), all));
        await Task.Delay(OnItsWay, cancellationToken);
    }

    private long Refused() => _flow.Answers.Where(answer => answer.Key != "201").Sum(answer => answer.Value);

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _stage.Database.OpenConnectionAsync(cancellationToken).AsTask();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params Guid[] ids)
    {
        await using var command = new NpgsqlCommand(sql, connection);

        if (ids.Length > 0)
        {
            command.Parameters.Add(new() { Value = ids });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
