using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Npgsql;

namespace Coworking.Faults.Ingest;

/// <summary>Asks the server every few milliseconds whether the connection that stores batches waits for a lock, and for how long. Whoever cares for partitions may wait.</summary>
internal sealed class LockWatch : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Task _running;
    private long _looks;
    private double _worst;
    private double _worstRow;
    private double _worstSince;

    public LockWatch(Stage stage) => _running = RunAsync(stage);

    /// <summary>Milliseconds that somebody waited for a table, which is what care for partitions could cost.</summary>
    public double Worst => Volatile.Read(ref _worst);

    /// <summary>Milliseconds that somebody waited for a row: for those who sum up hours that late samples have changed (ADR 0019).</summary>
    public double WorstRow => Volatile.Read(ref _worstRow);

    /// <summary>Without looks nothing was seen.</summary>
    public double LooksPerSecond => Interlocked.Read(ref _looks) / Stopwatch.GetElapsedTime(_began).TotalSeconds;

    /// <summary>What waited longest, and for whom.</summary>
    public string WorstQuery { get; private set; } = "nothing waited";

    /// <returns>Milliseconds, since the last call.</returns>
    public double TakeWorst() => Interlocked.Exchange(ref _worstSince, 0);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(Stage stage)
    {
        await using var connection = await stage.Database.OpenConnectionAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand("""
            select distinct on (l.locktype = 'relation') l.locktype = 'relation', 1000 * extract(epoch from clock_timestamp() - l.waitstart)::float8, left(a.query, 80),
                (select coalesce(left(max(b.query), 80), '') from unnest(pg_blocking_pids(a.pid)) as p (pid) join pg_stat_activity b on b.pid = p.pid)
            from pg_locks l join pg_stat_activity a on a.pid = l.pid
            where not l.granted and l.waitstart is not null and a.application_name = 'coworking-iot-ingest-hot'
            order by l.locktype = 'relation', l.waitstart
            """, connection);
        await command.PrepareAsync();

        while (!_stop.IsCancellationRequested)
        {
            await using (var reader = await command.ExecuteReaderAsync(CancellationToken.None))
            {
                while (await reader.ReadAsync())
                {
                    Note(reader.GetBoolean(0), reader.GetDouble(1), string.Create(CultureInfo.InvariantCulture, $"`{OneLine(reader.GetString(2))}` behind `{OneLine(reader.GetString(3))}`"));
                }
            }

            Interlocked.Increment(ref _looks);
            await Task.Delay(Look, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Note(bool isTable, double milliseconds, string query)
    {
        if (!isTable)
        {
            _worstRow = Math.Max(_worstRow, milliseconds);
            return;
        }

        _worstSince = Math.Max(_worstSince, milliseconds);

        if (milliseconds > _worst)
        {
            (_worst, WorstQuery) = (milliseconds, query);
        }
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
