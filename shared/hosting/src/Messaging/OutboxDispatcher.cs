using System.Diagnostics.Metrics;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.DependencyInjection;
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
/// <param name="database">The pool of the background.</param>
/// <param name="schema">Where the outbox stands.</param>
/// <param name="publisher">The bus.</param>
/// <param name="leases">Who may dispatch.</param>
/// <param name="clock">The clock that waits.</param>
/// <param name="log">Where trouble is told.</param>
public sealed partial class OutboxDispatcher(
    [FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database,
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
                    await DispatchAsync(cancellationToken);
                    await Task.Delay(Poll, _clock, cancellationToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    Delayed(log, e.GetBaseException() is var root && root == e ? e.Message : $"{e.Message} ({root.Message})");
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

    /// <summary>
    /// Windows, until one is not full. While the bus confirms one, the one before it is deleted and the next is read: neither waits for the other. No
    /// transaction stays open meanwhile: a copy is cheaper than a held snapshot, and consumers know copies.
    /// </summary>
    private async Task DispatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var confirmed = OutboxWindow.Empty;
        var window = await CountAsync(ReadAsync(connection, OutboxWindow.Empty, cancellationToken));
        Volatile.Write(ref _oldest, window.Oldest);

        while (window.Rows.Count + confirmed.Rows.Count > 0)
        {
            var publishing = window.Rows.Count > 0 ? publisher.PublishAsync(window.Rows, cancellationToken) : Task.CompletedTask;
            var next = FollowAsync(connection, confirmed, window, cancellationToken);
            await CountAsync(Task.WhenAll(publishing, next));
            (confirmed, window) = (window, await next);
            Volatile.Write(ref _oldest, window.Oldest);
        }
    }

    /// <summary>Deletes what the bus has confirmed, then reads what comes after the window that is being published.</summary>
    private async Task<OutboxWindow> FollowAsync(NpgsqlConnection connection, OutboxWindow confirmed, OutboxWindow window, CancellationToken cancellationToken)
    {
        if (confirmed.Rows.Count > 0)
        {
            await using var delete = new NpgsqlCommand($"delete from {schema}.outbox_messages where id = any($1)", connection);
            delete.Parameters.Add(new() { Value = confirmed.Ids });
            await delete.ExecuteNonQueryAsync(CancellationToken.None);
            Interlocked.Add(ref _depth, -confirmed.Rows.Count);
        }

        return window.Rows.Count == Window ? await ReadAsync(connection, window, cancellationToken) : OutboxWindow.Empty;
    }

    /// <summary>The first rows but those that are being published. From the beginning each time: a row that committed late must not be passed by what was written after it.</summary>
    private async Task<OutboxWindow> ReadAsync(NpgsqlConnection connection, OutboxWindow ahead, CancellationToken cancellationToken)
    {
        var (rows, oldest) = (new List<OutboxRow>(), 0L);
        await using var select = new NpgsqlCommand(
            $"select id, message_id, type, body, trace_parent, occurred_at from {schema}.outbox_messages where id > $1 or id <> all($2) order by id limit {Window}", connection);
        // What lies behind the window needs no look into it.
        select.Parameters.Add(new() { Value = ahead.Rows.Count == 0 ? 0 : ahead.Rows[^1].Id });
        select.Parameters.Add(new() { Value = ahead.Ids });

        await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                oldest = rows.Count == 0 ? reader.GetFieldValue<DateTimeOffset>(5).UtcTicks : oldest;
                rows.Add(new OutboxRow(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
            }
        }

        Volatile.Write(ref _depth, ahead.Rows.Count + (rows.Count == Window ? await MeasureAsync(connection, rows, cancellationToken) : rows.Count));
        return new OutboxWindow(rows, oldest);
    }

    // By the clock of whoever asks: while the bus is away nothing else moves.
    private double Age() => Volatile.Read(ref _oldest) is > 0 and var oldest ? Math.Max(0, TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks - oldest).TotalSeconds) : 0;

    /// <summary>By the ends of the key: counting a million waiting rows would cost more than sending a window of them.</summary>
    private async Task<long> MeasureAsync(NpgsqlConnection connection, List<OutboxRow> first, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select greatest(max(id), $1) - $1 + 1 from {schema}.outbox_messages", connection);
        command.Parameters.Add(new() { Value = first[0].Id });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(130, LogLevel.Warning, "The bus did not take the outbox; trying again: {Reason}")]
    private static partial void Delayed(ILogger log, string reason);

    /// <summary>Rows in their order, and when the first was written, in ticks; 0 where there is none.</summary>
    private sealed record OutboxWindow(List<OutboxRow> Rows, long Oldest)
    {
        internal static readonly OutboxWindow Empty = new([], 0);

        internal long[] Ids => [.. Rows.Select(row => row.Id)];
    }
}
