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
    // Two of them are fewer than the 128 frames that RabbitMQ.Client keeps for its socket. Where those are full when the broker dies, publishing holds what closing the
    // connection waits for, and waits for what nobody sends any more: for ever (rabbitmq-dotnet-client, issue 1930). Acknowledgements of what we hear need some of them, too.
    private const int Half = 50;

    // For a half. A broker that is there confirms in milliseconds; longer waits would only hold the rows back from the next try.
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    private List<Task> _older = new(Half);
    private List<Task> _newer = new(Half);

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        await ForgetAsync(_older, cancellationToken);
        await ForgetAsync(_newer, cancellationToken);

        foreach (var row in messages)
        {
            if (_newer.Count == Half)
            {
                await ConfirmAsync(_older, cancellationToken);
                (_older, _newer) = (_newer, _older);
            }

            if (await ReadAsync(row, cancellationToken) is { } message)
            {
                _newer.Add(SendAsync(row, message));
            }
        }

        await ConfirmAsync(_older, cancellationToken);
        await ConfirmAsync(_newer, cancellationToken);
    }

    /// <summary>Waits for the whole half: to wake up for each message costs more than what waits meanwhile. Throws where the broker did not take one.</summary>
    private async Task ConfirmAsync(List<Task> half, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(half).WaitAsync(ConfirmLimit, clock, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"RabbitMQ did not confirm {half.Count} messages within {ConfirmLimit.TotalSeconds} s", e);
        }

        half.Clear();
    }

    /// <summary>Waits for the end of what a window left that failed: its rows come again, whatever became of them, but beside it there might be too many.</summary>
    private async Task ForgetAsync(List<Task> left, CancellationToken cancellationToken)
    {
        await Task.WhenAll(left).WaitAsync(ConfirmLimit, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        if (left.Exists(task => !task.IsCompleted))
        {
            throw new TimeoutException($"RabbitMQ has not said what became of {left.Count} messages for {ConfirmLimit.TotalSeconds} s");
        }

        left.Clear();
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
