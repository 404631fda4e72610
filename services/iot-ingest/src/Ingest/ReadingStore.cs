using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;
using Coworking.IotIngest.Windows;
using Npgsql;

namespace Coworking.IotIngest.Ingest;

/// <summary>One batch, one transaction: readings, windows, alert states, twins, rejected messages, outbox and live events commit together or not at all.</summary>
internal sealed class ReadingStore(IngestDatabase database, SpaceDirectory spaces, TimeProvider clock)
{
    // After a copy was met, more are likely (a takeover, a retransmitting fleet): so many batches go the careful way before COPY is tried bare again.
    private const int CarefulBatches = 64;

    private readonly ReadingCopy _copy = new();
    private readonly WindowWriter _windows = new();
    private readonly OccupancyJudge _occupancy = new();
    private readonly List<Reading> _fresh = new(ReadingBatcher.MaxBatch);
    private readonly HashSet<int> _spoken = [];
    private int _careful;

    /// <summary>What a batch came to.</summary>
    /// <param name="Accepted">New readings.</param>
    /// <param name="Duplicates">Readings that were there already, or twice in the batch.</param>
    internal readonly record struct Outcome(int Accepted, int Duplicates);

    public async Task<Outcome> StoreAsync(Batch batch, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await WriteAsync(batch, careful: _careful > 0, cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && _careful == 0)
            {
                _careful = CarefulBatches;
                await database.RollbackAsync(cancellationToken);
                return await WriteAsync(batch, careful: true, cancellationToken);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UndefinedTable && batch.Readings.Count > 0)
        {
            // No partition for a day: the one that cares for them came late. Make it, and let the batch be tried again.
            await EnsurePartitionsAsync(batch, cancellationToken);
            throw new IOException("a partition was missing and has been made", e);
        }
        catch
        {
            await database.ResetAsync();
            throw;
        }
    }

    /// <summary>Four round trips: BEGIN goes with the locks, COPY takes two, COMMIT goes with the writes.</summary>
    private async Task<Outcome> WriteAsync(Batch batch, bool careful, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken);
        await EnsureStatesAsync(connection, batch.Readings, cancellationToken);
        await using var begin = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand("begin") } };
        await using var end = new NpgsqlBatch(connection);
        var fresh = batch.Readings;
        var effects = new Effects(clock.GetUtcNow());

        if (batch.Readings.Count == 0)
        {
            await begin.ExecuteNonQueryAsync(cancellationToken);
        }
        else
        {
            // Locking the states first orders replicas that meet in a hand-over, before either writes.
            var judge = await AlertJudge.LoadAsync(begin, batch.Readings, batch.Reported.Select(reported => reported.Space.Key), cancellationToken);

            if (careful)
            {
                fresh = await CopyCarefullyAsync(connection, batch.Readings, cancellationToken);
                _careful--;
            }
            else
            {
                await _copy.WriteAsync(connection, PartitionTable.OfReadings(batch.Oldest, batch.Newest), batch.Readings, cancellationToken);
            }

            judge.Judge(fresh, spaces, effects, batch.TraceOf);
            await _occupancy.AdvanceAsync(connection, fresh, judge.Latest, spaces, effects, cancellationToken);

            if (_windows.Command(fresh, spaces) is { } windows)
            {
                end.BatchCommands.Add(windows);
            }

            judge.AddWrites(end, effects.Now);
        }

        await ReportedWriter.WriteAsync(connection, batch.Reported, end, effects, cancellationToken);

        if (batch.Rejected.Count > 0)
        {
            end.BatchCommands.Add(RejectedWriter.Command(batch.Rejected));
        }

        effects.AddWrites(end);
        end.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await end.ExecuteNonQueryAsync(cancellationToken);
        batch.Fresh = fresh;
        return new Outcome(fresh.Count, batch.Duplicates + batch.Readings.Count - fresh.Count);
    }

    private async Task EnsureStatesAsync(NpgsqlConnection connection, List<Reading> readings, CancellationToken cancellationToken)
    {
        var unknown = AlertJudge.SpaceKeys(readings).Where(key => !_spoken.Contains(key)).ToArray();

        if (unknown.Length > 0)
        {
            await AlertStates.EnsureAsync(connection, unknown, cancellationToken);
            _spoken.UnionWith(unknown);
        }
    }

    /// <summary>By way of a temporary table, which tells what was new.</summary>
    private async Task<List<Reading>> CopyCarefullyAsync(NpgsqlConnection connection, List<Reading> readings, CancellationToken cancellationToken)
    {
        await _copy.WriteAsync(connection, "incoming", readings, cancellationToken);
        await using var command = new NpgsqlCommand("""
            insert into readings select * from incoming order by space_key, at, digest
            on conflict do nothing returning space_key, at, digest
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var fresh = new HashSet<(int, long, long)>(readings.Count);

        while (await reader.ReadAsync(cancellationToken))
        {
            fresh.Add((reader.GetInt32(0), Micros.Of(reader.GetFieldValue<DateTimeOffset>(1)), reader.GetInt64(2)));
        }

        _fresh.Clear();

        foreach (var reading in readings)
        {
            if (fresh.Contains((reading.SpaceKey, reading.At, reading.Digest)))
            {
                _fresh.Add(reading);
            }
        }

        return _fresh;
    }

    private async Task EnsurePartitionsAsync(Batch batch, CancellationToken cancellationToken)
    {
        await database.ResetAsync();
        var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select ensure_partitions($1, $2)", connection);
        command.Parameters.Add(new() { Value = DateOnly.FromDateTime(Micros.ToInstant(batch.Readings.Min(reading => reading.At)).UtcDateTime) });
        command.Parameters.Add(new() { Value = DateOnly.FromDateTime(Micros.ToInstant(batch.Readings.Max(reading => reading.At)).UtcDateTime) });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
