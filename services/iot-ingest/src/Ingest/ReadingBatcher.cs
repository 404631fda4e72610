using System.Threading.Channels;
using Coworking.IotIngest.Readings;
using Npgsql;

namespace Coworking.IotIngest.Ingest;

/// <summary>Gathers messages, has them stored, and only then acknowledges them. One batch is in flight at a time, which keeps acknowledgements in order.</summary>
internal sealed class ReadingBatcher(IngestQueue queue, ReadingStore store, IngestMetrics metrics, TimeProvider clock, ILogger<ReadingBatcher> log) : BackgroundService
{
    /// <summary>Above this a longer transaction costs more latency than it saves work.</summary>
    public const int MaxBatch = 5000;

    // How long a batch waits for company. Where the last had plenty it waits longer: five times fewer commits, and a space's window and state are written
    // once for five times as many of its samples. A device that speaks alone is not kept waiting (ADR 0024).
    private static readonly TimeSpan ShortDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongDelay = TimeSpan.FromMilliseconds(100);
    private const int Plenty = 64;

    private static readonly TimeSpan[] RetryAfter = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    // So often a fault is tried again as a whole: a rival, a restart, a migration look like one for a moment.
    private const int FaultTries = 3;

    private readonly Batch _batch = new();
    private int _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                await GatherAsync(stoppingToken);
                await StoreAsync(stoppingToken);
                await AcknowledgeAsync();
                _last = _batch.Count;
                _batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The connections have stopped and drained before; what is left here was not acknowledged and comes again.
        }
    }

    private async Task GatherAsync(CancellationToken stoppingToken)
    {
        var delay = _last >= Plenty ? LongDelay : ShortDelay;
        var until = clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);

        while (true)
        {
            while (_batch.Count < MaxBatch && queue.Reader.TryRead(out var item))
            {
                _batch.Add(item);
            }

            var left = clock.GetElapsedTime(clock.GetTimestamp(), until);

            if (_batch.Count >= MaxBatch || left <= TimeSpan.Zero)
            {
                break;
            }

            // A timer per batch, not per message: what trickles in meanwhile is taken in one go.
            await Task.Delay(left, clock, stoppingToken);
        }

        _batch.Seal();
    }

    /// <summary>A database that is away is waited for: nothing is dropped and nothing acknowledged meanwhile.</summary>
    private async Task StoreAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var started = clock.GetTimestamp();
                var outcome = await store.StoreAsync(_batch, stoppingToken);
                metrics.Stored(_batch, outcome, clock.GetElapsedTime(started));
                return;
            }
            catch (Exception e) when (IsOutage(e) || attempt < FaultTries)
            {
                IotIngestLog.BatchDelayed(log, _batch.Count, attempt + 1, e.Message);
                await Task.Delay(RetryAfter[Math.Min(attempt, RetryAfter.Length - 1)], clock, stoppingToken);
            }
#pragma warning disable CA1031 // Whatever it is, it would stop every message behind it, here and at the next holder of the session.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                IotIngestLog.BatchFaulty(log, e, _batch.Count);
                _batch.Fresh = [];
                await StoreApartAsync(0, _batch.Count, stoppingToken);
                _batch.Fresh.Sort(KeyOrder.Instance);
                return;
            }
        }
    }

    /// <summary>Finds by halves what cannot be stored: it is rejected, its neighbours are not.</summary>
    private async Task StoreApartAsync(int first, int end, CancellationToken stoppingToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var started = clock.GetTimestamp();
                var part = _batch.Part(first, end);
                metrics.Stored(part, await store.StoreAsync(part, stoppingToken), clock.GetElapsedTime(started));
                _batch.Fresh.AddRange(part.Fresh);
                return;
            }
            catch (Exception e) when (IsOutage(e))
            {
                await Task.Delay(RetryAfter[Math.Min(attempt, RetryAfter.Length - 1)], clock, stoppingToken);
            }
#pragma warning disable CA1031 // As above.
            catch (Exception e) when (end - first == 1 && !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                IotIngestLog.MessageFaulty(log, e);

                if (!_batch.Reject(first, "the message could not be stored"))
                {
                    // Not even its rejection: it is in the log alone.
                    return;
                }
            }
#pragma warning disable CA1031 // As above.
            catch (Exception) when (end - first > 1 && !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                var middle = first + ((end - first) / 2);
                await StoreApartAsync(first, middle, stoppingToken);
                await StoreApartAsync(middle, end, stoppingToken);
                return;
            }
        }
    }

    // What is no answer of the database, or one that passes: the same batch will do when it is over. Read-only is what a server becomes that changes its role;
    // what is fatal ended the connection, whatever was asked on it.
    private static bool IsOutage(Exception exception) =>
        exception is NpgsqlException { IsTransient: true } or IOException or TimeoutException or System.Net.Sockets.SocketException
        || exception is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } or PostgresException { InvariantSeverity: "FATAL" or "PANIC" }
        || exception is NpgsqlException and not PostgresException;

    private async Task AcknowledgeAsync()
    {
        metrics.Lag(_batch, clock);
        var started = clock.GetTimestamp();
        var items = _batch.Items;

        for (var i = 0; i < items.Count; i++)
        {
            items[i].Source.Committed(items[i], _batch);
            items[i].Trace?.Span?.Stop();
        }

        for (var i = 0; i < items.Count; i++)
        {
            // Each source once; it sends all of its acknowledgements in one write.
            if (items[i].Source.HasCommitted)
            {
                await items[i].Source.AcknowledgeAsync();
            }
        }

        metrics.Acknowledged(clock.GetElapsedTime(started));
    }
}
