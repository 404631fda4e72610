using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;
using MassTransit;

namespace Coworking.IotIngest.Messaging;

/// <summary>Outbox rows to RabbitMQ; returns when the broker has confirmed them.</summary>
internal sealed class BusPublisher(IBus bus) : IOutboxPublisher
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
        var type = MessageNames.Types[row.Type];
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
}
