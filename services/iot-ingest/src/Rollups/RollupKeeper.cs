using Coworking.Hosting.Leases;
using Npgsql;

namespace Coworking.IotIngest.Rollups;

/// <summary>
/// Keeps hours and days from the minute windows (ADR 0019): makes those that have ended, and makes again those that got late samples. One replica at a time.
/// Times are judged by the database's clock alone, as the marks of late samples are.
/// </summary>
internal sealed class RollupKeeper(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<RollupKeeper> log)
    : LeasedService("rollups", leases, clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    // What is made again in one transaction: more would gain little, and lose more where it breaks.
    private const int Chunk = 100;

    private const string EverySpace = "select key as space_key, $1::timestamptz as hour from spaces";
    private const string Marked = "select * from unnest($1::int[], $2::timestamptz[]) as u (space_key, hour)";

    private static readonly string FinishHours = RollupSql.WriteHours(EverySpace);
    private static readonly string FinishFives = FiveMinutes.Write(EverySpace);

    private static readonly string FinishDays = RollupSql.WriteDays("""
        select s.key as space_key, z.day, z.day_from, z.day_until
        from (
            select timezone, day, day_start(day, timezone) as day_from, day_start(day + 1, timezone) as day_until
            from (select timezone, local_day($1::timestamptz + interval '1 hour', timezone) - 1 as day from spaces group by timezone) y) z
        join spaces s on s.timezone = z.timezone
        where z.day_until > $1::timestamptz and z.day_until <= $1::timestamptz + interval '1 hour'
        """);

    private static readonly string AgainHours = RollupSql.WriteHours(Marked);
    private static readonly string AgainFives = FiveMinutes.Write(Marked);

    private static readonly string AgainDays = RollupSql.WriteDays("""
        select space_key, day, day_from, day_until
        from (
            select space_key, day, day_start(day, timezone) as day_from, day_start(day + 1, timezone) as day_until
            from (
                select distinct u.space_key, s.timezone, local_day(u.hour + edge, s.timezone) as day
                from unnest($1::int[], $2::timestamptz[]) as u (space_key, hour)
                join spaces s on s.key = u.space_key
                cross join (values (interval '0'), (interval '59 minutes')) as e (edge)) x) y
        where day_until <= $3::timestamptz
        """);

    private readonly TimeProvider _clock = clock;

    /// <summary>
    /// A batch judges lateness by the start of its transaction (5 min after the hour's end) and an hour is finished 10 min after its end:
    /// only a transaction older than the difference could slip between, so hours wait for it, with a minute to spare.
    /// </summary>
    internal TimeSpan PatienceWithBatches { get; init; } = TimeSpan.FromMinutes(4);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (await FinishHourAsync(cancellationToken))
        {
            // As many as have ended: after a pause of the job there may be many.
        }

        var marks = await CountLateAsync(Marks.None, cancellationToken);

        while (marks.Count == Chunk)
        {
            // A batch of past days marks thousands. One pass: what is marked again meanwhile is left for the next.
            marks = await CountLateAsync(marks, cancellationToken);
        }
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunOnceAsync(cancellationToken);
            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    /// <summary>Makes the next hour that has ended, with the local days that ended in it; false where there is none, or a batch hangs.</summary>
    private async Task<bool> FinishHourAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var hour = await WatermarkAsync(connection, cancellationToken);

        if (!await IsAsync(connection, "select $1 + interval '70 minutes' <= now()", hour, cancellationToken))
        {
            return false;
        }

        if (await IsAsync(
            connection,
            "select exists(select from pg_stat_activity where datname = current_database() and application_name = 'coworking-iot-ingest-hot' and xact_start < now() - $1)",
            PatienceWithBatches,
            cancellationToken))
        {
            IotIngestLog.RollupsWait(log, hour);
            return false;
        }

        await ExecuteAsync(connection, FinishHours, cancellationToken, hour);
        await ExecuteAsync(connection, FinishFives, cancellationToken, hour);
        await ExecuteAsync(connection, FinishDays, cancellationToken, hour);
        await ExecuteAsync(connection, "update rollup_watermark set hours_until = $1 + interval '1 hour'", cancellationToken, hour);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// Makes the hours and days of some marks again and then takes the marks away, so that a batch that meets one waits for no more than a commit.
    /// Marks of hours still to be made need no more than to go.
    /// </summary>
    private async Task<Marks> CountLateAsync(Marks before, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var watermark = await WatermarkAsync(connection, cancellationToken);
        var marks = await Marks.ReadAsync(connection, before, Chunk, cancellationToken);
        var (spaces, hours) = marks.Until(watermark);

        if (hours.Length > 0)
        {
            // Statements of their own, after the marks were read: each sees what every batch has committed of whom a mark was seen.
            await ExecuteAsync(connection, AgainHours, cancellationToken, spaces, hours);
            await ExecuteAsync(connection, AgainFives, cancellationToken, spaces, hours);
            await ExecuteAsync(connection, AgainDays, cancellationToken, spaces, hours, watermark);
        }

        await marks.RemoveAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return marks;
    }

    /// <summary>Locked until the transaction ends: a holder whose lease ran out while it slept and its successor take turns.</summary>
    private static async Task<DateTime> WatermarkAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select hours_until from rollup_watermark for update", connection);
        return (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<bool> IsAsync(NpgsqlConnection connection, string sql, object value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = value });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
