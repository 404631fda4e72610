using Coworking.Bench;
using Coworking.Local;
using Npgsql;

namespace Coworking.Faults;

/// <summary>The devices' ledger against the database.</summary>
internal sealed record Verdict(IReadOnlyList<Check> Checks)
{
    // A marker behind everything else; older than what is counted, younger than what met the spaces.
    private static readonly DateTimeOffset MarkerTime = Stage.ProbeTime.AddHours(1);

    public long Lost => Checks.Sum(check => check.Lost);

    public long Duplicated => Checks.Sum(check => check.Duplicated);

    /// <summary>Waits until everything that was sent has been taken, and counts; alerts only where samples came in order, as late ones are not judged.</summary>
    public static async Task<Verdict> OfAsync(
        Stage stage, IReadOnlyList<BenchSpace> spaces, Ledger ledger, DateTimeOffset since, CancellationToken cancellationToken, bool isInOrder = true)
    {
        try
        {
            await Wait.UntilAsync(
                async () => await stage.SamplesAsync(since, cancellationToken) >= ledger.Readings, TimeSpan.FromSeconds(120), "every reading is counted", cancellationToken);
        }
        catch (TimeoutException)
        {
            // Something is lost: the counts below say what.
        }

        // In order within a location: whatever could still come twice lies before this.
        await stage.ProbeAsync(spaces, MarkerTime, cancellationToken);
        return new Verdict(
        [
            await WindowsAsync(stage, ledger, since, cancellationToken),
            await ReadingsAsync(stage, ledger, since, cancellationToken),
            .. isInOrder ? [await AlertsAsync(stage, ledger, cancellationToken)] : Array.Empty<Check>(),
            await TwiceAsync(stage, "alerts of one space, kind and start", "select count(*) - count(distinct (space_key, kind, started_at)) from iot.alerts", cancellationToken),
            await TwiceAsync(stage, "alert events on the stream, opened", """
                select count(*) - count(distinct e.data::jsonb -> 'alert' ->> 'id') from iot.live_events e where e.name = 'alert' and e.data::jsonb ->> 'type' = 'opened'
                """, cancellationToken),
        ]);
    }

    private static async Task<Check> WindowsAsync(Stage stage, Ledger ledger, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var seen = await ReadAsync(
            stage,
            "select s.id, (extract(epoch from w.window_start) / 60)::bigint, w.sample_count::bigint from iot.windows w join iot.spaces s on s.key = w.space_key where w.window_start >= $1",
            since,
            cancellationToken);
        return Check.Of("samples counted in minute windows, per space and minute", ledger.Minutes, seen);
    }

    private static async Task<Check> ReadingsAsync(Stage stage, Ledger ledger, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var seen = await ReadAsync(
            stage,
            """
            select s.id, floor(extract(epoch from r.at) / 60)::bigint as minute, count(*) from iot.readings r join iot.spaces s on s.key = r.space_key where r.at >= $1 group by s.id, minute
            """,
            since,
            cancellationToken);
        return Check.Of("single readings, per space and minute", ledger.Minutes, seen);
    }

    private static async Task<Check> AlertsAsync(Stage stage, Ledger ledger, CancellationToken cancellationToken)
    {
        var seen = await ReadAsync(
            stage,
            "select space_id, (extract(epoch from started_at) * 1000)::bigint, count(*) from iot.alerts where kind = 'CO2' and started_at >= $1 group by 1, 2",
            DateTimeOffset.UnixEpoch,
            cancellationToken);
        return Check.Of("CO2 alerts, by space and start", ledger.Alerts.ToDictionary(alert => alert, _ => 1L), seen);
    }

    private static async Task<Check> TwiceAsync(Stage stage, string what, string sql, CancellationToken cancellationToken) =>
        new(what + ", twice", 0, await stage.CountAsync(sql, cancellationToken), 0, await stage.CountAsync(sql, cancellationToken));

    private static async Task<Dictionary<(Guid, long), long>> ReadAsync(Stage stage, string sql, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = stage.Database.CreateCommand(sql);
        command.CommandTimeout = 600;
        command.Parameters.Add(new NpgsqlParameter { Value = since.UtcDateTime });
        var rows = new Dictionary<(Guid, long), long>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetGuid(0), reader.GetInt64(1)), reader.GetInt64(2));
        }

        return rows;
    }
}

/// <summary>One thing that was counted on both sides.</summary>
internal sealed record Check(string What, long Expected, long Seen, long Lost, long Duplicated)
{
    /// <summary>A bound that was not kept, where nothing was lost or doubled by it.</summary>
    public bool IsBroken { get; init; }

    public bool IsHeld => Lost == 0 && Duplicated == 0 && !IsBroken;

    public static Check AtMost(string what, double limit, double seen) => new($"{what}, at most", (long)limit, (long)Math.Ceiling(seen), 0, 0) { IsBroken = seen > limit };

    public static Check AtLeast(string what, double limit, double seen) => new($"{what}, at least", (long)limit, (long)seen, 0, 0) { IsBroken = seen < limit };

    public static Check Of(string what, IReadOnlyDictionary<(Guid, long), long> expected, IReadOnlyDictionary<(Guid, long), long> seen)
    {
        var differences = expected.Keys.Union(seen.Keys).Select(key => seen.GetValueOrDefault(key) - expected.GetValueOrDefault(key)).ToList();
        return new Check(what, expected.Values.Sum(), seen.Values.Sum(), -differences.Where(difference => difference < 0).Sum(), differences.Where(difference => difference > 0).Sum());
    }
}
