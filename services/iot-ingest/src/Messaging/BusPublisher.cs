using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;
using MassTransit;
using Npgsql;

namespace Coworking.IotIngest.Messaging;

/// <summary>Outbox rows to RabbitMQ; returns when the broker has confirmed them.</summary>
internal sealed class BusPublisher(IBus bus, NpgsqlDataSource database, ILogger<BusPublisher> log) : IOutboxPublisher
{
    // A bus that is away must not hold a window for ever: the rows stay where they are and are tried again.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        await Task.WhenAll(messages.Select(row => PublishAsync(row, limit.Token)));
    }

    private Task PublishAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (!MessageNames.Types.TryGetValue(row.Type, out var type))
        {
            return ParkAsync(row, cancellationToken);
        }

        var message = JsonSerializer.Deserialize(row.Body, type, JsonSetup.Wire)!;
        return bus.Publish(message, type, Pipe.Execute<PublishContext>(context =>
        {
            context.MessageId = row.MessageId;

            if (row.TraceParent is not null)
            {
                context.Headers.Set("traceparent", row.TraceParent);
            }
        }), cancellationToken);
    }

    /// <summary>Sets a row aside that can never be sent: one of them must not keep all others waiting.</summary>
    private async Task ParkAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            insert into outbox_parked (id, message_id, type, body, occurred_at, reason)
            select id, message_id, type, body, occurred_at, 'no contract has this name' from outbox_messages where id = $1 on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = row.Id });
        await command.ExecuteNonQueryAsync(cancellationToken);
        IotIngestLog.OutboxParked(log, row.Id, row.Type);
    }
}
