using System.Diagnostics.Metrics;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Messaging;

/// <summary>Says outbox rows on the bus. The process boundary that keeps this library free of a bus client.</summary>
public interface IOutboxPublisher
{
    /// <summary>Returns when the broker has confirmed every one of them; throws where it has not.</summary>
    /// <param name="messages">Rows in the order in which they were written.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken);
}

/// <summary>An outbox row on its way to the bus.</summary>
/// <param name="Id">Order of sending.</param>
/// <param name="MessageId">Identity on the wire.</param>
/// <param name="Type">Name of the contract's class.</param>
/// <param name="Body">JSON.</param>
/// <param name="TraceParent">W3C traceparent of the change.</param>
public sealed record OutboxRow(long Id, Guid MessageId, string Type, string Body, string? TraceParent);

/// <summary>Empties the outbox: one replica at a time, in windows, in order; a row is deleted only after the broker confirmed it.</summary>
/// <param name="database">The service's pool.</param>
/// <param name="schema">Where the outbox stands.</param>
/// <param name="publisher">The bus.</param>
/// <param name="leases">Who may dispatch.</param>
/// <param name="clock">The clock that waits.</param>
/// <param name="log">Where trouble is told.</param>
public sealed partial class OutboxDispatcher(
    NpgsqlDataSource database,
    ServiceSchema schema,
    IOutboxPublisher publisher,
    LeaseStore leases,
    TimeProvider clock,
    ILogger<OutboxDispatcher> log) : LeasedService("outbox", leases, clock, log)
{
    // As many confirms as a broker answers in one go: larger windows gained nothing in measurements, smaller ones cost round trips.
    private const int Window = 1000;

    // How late a row can be. Waking by NOTIFY was tried: PostgreSQL lets transactions that notify commit one by one, each with its own fsync, so that
    // bookings came to a tenth of what the disk can do.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _clock = clock;
    private Meter? _meter;
    private long _depth;
    private long _oldest;

    /// <inheritdoc/>
    protected override bool OutlastsRequests => true;

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Its scope tells the dispatchers of one process apart.
        _meter = new Meter(new MeterOptions("Coworking.Outbox") { Scope = this });
        _meter.CreateObservableGauge("outbox.depth", () => Volatile.Read(ref _depth), "{message}", "Messages that wait for the bus, at the replica that sends them; about, since ids have gaps");
        _meter.CreateObservableGauge("outbox.age", Age, "s", "Age of the oldest message that waits for the bus, at the replica that sends them; 0 where none does");
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    while (await CountAsync(DispatchAsync(cancellationToken)) == Window)
                    {
                        // A long queue: the next window at once.
                    }

                    await Task.Delay(Poll, _clock, cancellationToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    Delayed(log, e.Message);
                    await Task.Delay(AfterTrouble, _clock, cancellationToken);
                }
            }
        }
        finally
        {
            // The next holder tells: what this one saw last would grow older for ever.
            Volatile.Write(ref _depth, 0);
            Volatile.Write(ref _oldest, 0);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter?.Dispose();
        base.Dispose();
    }

    /// <summary>One window. No transaction stays open while the bus is spoken to: a copy is cheaper than a held snapshot, and consumers know copies.</summary>
    private async Task<int> DispatchAsync(CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        var oldest = 0L;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        await using (var select = new NpgsqlCommand($"select id, message_id, type, body, trace_parent, occurred_at from {schema}.outbox_messages order by id limit {Window}", connection))
        await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                oldest = rows.Count == 0 ? reader.GetFieldValue<DateTimeOffset>(5).UtcTicks : oldest;
                rows.Add(new OutboxRow(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
            }
        }

        Volatile.Write(ref _depth, rows.Count == Window ? await MeasureAsync(connection, cancellationToken) : rows.Count);
        Volatile.Write(ref _oldest, oldest);

        if (rows.Count > 0)
        {
            await publisher.PublishAsync(rows, cancellationToken);
            await using var delete = new NpgsqlCommand($"delete from {schema}.outbox_messages where id = any($1)", connection);
            delete.Parameters.Add(new() { Value = rows.ConvertAll(row => row.Id).ToArray() });
            await delete.ExecuteNonQueryAsync(CancellationToken.None);
            Interlocked.Add(ref _depth, -rows.Count);

            // After a full window the next look follows at once, and finds who is the oldest then.
            if (rows.Count < Window)
            {
                Volatile.Write(ref _oldest, 0);
            }
        }

        return rows.Count;
    }

    // By the clock of whoever asks: while the bus is away nothing else moves.
    private double Age() => Volatile.Read(ref _oldest) is > 0 and var oldest ? Math.Max(0, TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks - oldest).TotalSeconds) : 0;

    /// <summary>By the ends of the key: counting a million waiting rows would cost more than sending a window of them.</summary>
    private async Task<long> MeasureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select coalesce(max(id) - min(id) + 1, 0) from {schema}.outbox_messages", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(130, LogLevel.Warning, "The bus did not take the outbox; trying again: {Reason}")]
    private static partial void Delayed(ILogger log, string reason);
}
