using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Bus;

/// <summary>Publishes a window of outbox rows, many at once, and waits until RabbitMQ has confirmed them all. For one dispatcher, which sends one window after the other.</summary>
internal sealed class BusPublisher(
    IBus bus, [FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database, BusMetrics metrics, TimeProvider clock, ILogger<BusPublisher> log) : IOutboxPublisher
{
    // Fewer than the 128 frames that RabbitMQ.Client keeps for its socket. Where those are full when the broker dies, publishing holds what closing the connection
    // waits for, and waits for what nobody sends any more: for ever (rabbitmq-dotnet-client, issue 1930). Acknowledgements of what we hear go through the same frames: with
    // 100, and once with 70, a killed broker silenced a service all the same (R4).
    private const int MostUnconfirmed = 50;

    // A broker that is there confirms in milliseconds; longer waits would only hold the rows back from the next try.
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    private readonly Queue<Task> _unconfirmed = new(MostUnconfirmed);

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(ConfirmLimit, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

        try
        {
            await ForgetAsync(limit.Token);

            foreach (var row in messages)
            {
                await ConfirmAsync(MostUnconfirmed - 1, limit.Token);

                if (await ReadAsync(row, limit.Token) is { } message)
                {
                    _unconfirmed.Enqueue(SendAsync(row, message));
                }
            }

            await ConfirmAsync(0, limit.Token);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"RabbitMQ did not confirm {messages.Count} messages within {ConfirmLimit.TotalSeconds} s", e);
        }
    }

    /// <summary>Waits, in their order, until no more than so many are unconfirmed; throws where the broker did not take one.</summary>
    private async Task ConfirmAsync(int most, CancellationToken cancellationToken)
    {
        while (_unconfirmed.Count > most)
        {
            await _unconfirmed.Peek().WaitAsync(cancellationToken);
            _ = _unconfirmed.Dequeue();
        }
    }

    /// <summary>Waits for the end of what a window left that failed: its rows come again, whatever became of them, but beside it there might be too many.</summary>
    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        while (_unconfirmed.TryPeek(out var left))
        {
            await left.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            _ = _unconfirmed.Dequeue();
        }
    }

    // Without a token: MassTransit would no longer wait, and the client still hold the message.
    private Task SendAsync(OutboxRow row, object message) => bus.Publish(
        message,
        message.GetType(),
        context =>
        {
            context.MessageId = row.MessageId;

            if (row.TraceParent is not null)
            {
                context.Headers.Set("traceparent", row.TraceParent);
            }
        },
        CancellationToken.None);

    /// <summary>The message of a row; null for one that can never be sent, which is set aside.</summary>
    private async Task<object?> ReadAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        string reason;

        try
        {
            if (!MessageNames.Types.TryGetValue(row.Type, out var type))
            {
                reason = "no contract has this name";
            }
            else if (JsonSerializer.Deserialize(row.Body, type, JsonSetup.Wire) is { } message)
            {
                return message;
            }
            else
            {
                reason = "the body is null";
            }
        }
        catch (JsonException e)
        {
            reason = e.Message;
        }

        await ParkAsync(row, reason, cancellationToken);
        return null;
    }

    /// <summary>Sets a row aside that can never be sent: one of them must not keep all others waiting.</summary>
    private async Task ParkAsync(OutboxRow row, string reason, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into outbox_parked (id, message_id, type, body, occurred_at, reason)
            select id, message_id, type, body, occurred_at, $2 from outbox_messages where id = $1
            on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = row.Id });
        command.Parameters.Add(new() { Value = reason });
        await command.ExecuteNonQueryAsync(cancellationToken);
        BusLog.Parked(log, row.Id, row.Type, reason);
        metrics.Parked();
    }
}
