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

/// <summary>Publishes a window of outbox rows and waits until RabbitMQ has taken them all. For one dispatcher, which sends one window after the other.</summary>
internal sealed class BusPublisher(
    IOptions<BusOptions> options,
    IHostEnvironment service,
    [FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database,
    BusMetrics metrics,
    TimeProvider clock,
    ILogger<BusPublisher> log) : IOutboxPublisher, IAsyncDisposable
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(2);

    private readonly Envelope _envelope = new(options.Value.Uri!, service.ApplicationName);
    private PublishingConnection? _connection;

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ConnectAsync(cancellationToken);
            var refused = await SendAsync(connection, messages, cancellationToken);

            // One alone, and more the more are taken: what one queue refuses is a copy in all others.
            for (var many = 1; refused.Count > 0;)
            {
                if (many == 1)
                {
                    BusLog.Refused(log, refused.Count, refused[0].Type);
                    await Task.Delay(AfterRefusal, clock, cancellationToken);
                }

                OutboxRow[] tried = [.. refused.Take(many)];
                var again = await SendAsync(connection, tried, cancellationToken);
                many = again.Count > 0 ? 1 : 2 * many;
                refused = [.. again, .. refused.Skip(tried.Length)];
            }
        }
        catch
        {
            await DropAsync();
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

        if (_connection is null)
        {
            using var late = new CancellationTokenSource(PublishingConnection.SilenceLimit, clock);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

            var factory = options.Value.Factory();
            factory.ClientProvidedName = $"{service.ApplicationName} outbox";

            try
            {
                _connection = await PublishingConnection.OpenAsync(factory, clock, log, limit.Token);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"RabbitMQ let nobody in within {PublishingConnection.SilenceLimit.TotalSeconds} s", e);
            }
        }

        return _connection;
    }

    /// <summary>Sends rows and waits for the answers.</summary>
    /// <returns>What the broker refused.</returns>
    private async Task<IReadOnlyList<OutboxRow>> SendAsync(PublishingConnection connection, IReadOnlyList<OutboxRow> rows, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Ended);
        var sent = new Dictionary<ulong, OutboxRow>(rows.Count);
        var never = new List<(OutboxRow Row, string Reason)>();

        try
        {
            foreach (var row in rows)
            {
                if (Read(row, out var reason) is { } message)
                {
                    sent.Add(await connection.SendAsync(message.Exchange, Properties(row), message.Envelope, limit.Token), row);
                }
                else
                {
                    never.Add((row, reason));
                }
            }
        }
        catch (OperationCanceledException) when (connection.Ended.IsCancellationRequested)
        {
            // The next wait tells why it ended.
        }

        OutboxRow[] refused = [.. (await connection.ConfirmAsync(cancellationToken)).Select(number => sent[number])];
        metrics.Published(sent.Count - refused.Length);
        metrics.Refused(refused.Length);

        foreach (var (row, reason) in never)
        {
            await ParkAsync(row, reason, cancellationToken);
        }

        return refused;
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
