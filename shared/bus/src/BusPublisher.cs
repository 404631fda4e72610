using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RabbitMQ.Client;

namespace Coworking.Bus;

/// <summary>Publishes a window of outbox rows and waits until RabbitMQ has confirmed them all. For one dispatcher, which sends one window after the other.</summary>
internal sealed class BusPublisher(
    IOptions<BusOptions> options,
    IHostEnvironment service,
    [FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database,
    BusMetrics metrics,
    TimeProvider clock,
    ILogger<BusPublisher> log) : IOutboxPublisher, IAsyncDisposable
{
    // A broker that is there confirms in milliseconds; longer waits would only hold the rows back from the next try.
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(10);

    private readonly Envelope _envelope = new(options.Value.Uri!, service.ApplicationName);
    private PublishingConnection? _connection;

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(ConfirmLimit, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

        try
        {
            await SendAsync(await ConnectAsync(limit.Token), messages, limit.Token);
        }
        catch (Exception e)
        {
            await DropAsync();

            if (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"RabbitMQ did not confirm {messages.Count} messages within {ConfirmLimit.TotalSeconds} s", e);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.CloseAsync();
        }

        _envelope.Dispose();
    }

    /// <summary>The connection of the window before, where it is still one.</summary>
    private async Task<PublishingConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection?.Ended.IsCancellationRequested == true)
        {
            await DropAsync();
        }

        return _connection ??= await PublishingConnection.OpenAsync(options.Value.Uri!, $"{service.ApplicationName} outbox", cancellationToken);
    }

    private async Task SendAsync(PublishingConnection connection, IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Ended);

        try
        {
            foreach (var row in messages)
            {
                if (Read(row, out var reason) is { } message)
                {
                    await connection.SendAsync(message.Exchange, Properties(row), message.Envelope, limit.Token);
                }
                else
                {
                    await ParkAsync(row, reason, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (connection.Ended.IsCancellationRequested)
        {
            // The next line tells why it ended.
        }

        await connection.ConfirmAsync(cancellationToken);
    }

    private async Task DropAsync()
    {
        if (_connection is { } dropped)
        {
            _connection = null;
            await dropped.DisposeAsync();
        }
    }

    private static BasicProperties Properties(OutboxRow row) => new()
    {
        ContentType = "application/vnd.masstransit+json",
        MessageId = row.MessageId.ToString(),
        Persistent = true,
        // The second is where MassTransit's consumers look.
        Headers = row.TraceParent is null ? null : new Dictionary<string, object?> { ["traceparent"] = row.TraceParent, ["MT-Activity-Id"] = row.TraceParent },
    };

    /// <summary>The message of a row; null, with the reason, for one that can never be sent.</summary>
    private (string Exchange, ReadOnlyMemory<byte> Envelope)? Read(OutboxRow row, out string reason)
    {
        reason = "no contract has this name";

        if (!MessageNames.Types.TryGetValue(row.Type, out var type))
        {
            return null;
        }

        var exchange = MessageNames.Exchanges[type];

        try
        {
            return (exchange, _envelope.Write(row, type, exchange, clock.GetUtcNow()));
        }
        catch (JsonException e)
        {
            reason = e.Message;
            return null;
        }
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
