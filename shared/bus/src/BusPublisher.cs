using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;
using MassTransit;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Bus;

/// <summary>Publishes a window of outbox rows at once and waits until RabbitMQ has confirmed them all.</summary>
internal sealed class BusPublisher(IBus bus, NpgsqlDataSource database, BusMetrics metrics, TimeProvider clock, ILogger<BusPublisher> log) : IOutboxPublisher
{
    // A broker that is there confirms in milliseconds; longer waits would only hold the rows back from the next try.
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(ConfirmLimit, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

        try
        {
            await Task.WhenAll(messages.Select(row => PublishAsync(row, limit.Token)));
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"RabbitMQ did not confirm {messages.Count} messages within {ConfirmLimit.TotalSeconds} s", e);
        }
    }

    private Task PublishAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (!MessageNames.Types.TryGetValue(row.Type, out var type))
        {
            return ParkAsync(row, "no contract has this name", cancellationToken);
        }

        object message;

        try
        {
            message = JsonSerializer.Deserialize(row.Body, type, JsonSetup.Wire) ?? throw new JsonException("the body is null");
        }
        catch (JsonException e)
        {
            return ParkAsync(row, e.Message, cancellationToken);
        }

        return bus.Publish(
            message,
            type,
            context =>
            {
                context.MessageId = row.MessageId;

                if (row.TraceParent is not null)
                {
                    context.Headers.Set("traceparent", row.TraceParent);
                }
            },
            cancellationToken);
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
