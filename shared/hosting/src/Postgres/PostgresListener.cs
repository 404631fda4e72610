using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Postgres;

/// <summary>One connection that LISTENs for every part of the service, and comes back by itself.</summary>
/// <param name="database">The service's pool.</param>
/// <param name="clock">The clock that waits.</param>
/// <param name="log">Where a lost connection is told.</param>
/// <param name="lifetime">Of the service; null listens at once.</param>
public sealed partial class PostgresListener(
    NpgsqlDataSource database, TimeProvider clock, ILogger<PostgresListener> log, IHostApplicationLifetime? lifetime = null) : BackgroundService
{
    private readonly ConcurrentDictionary<string, Action<string?>> _heard = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _listening;

    /// <summary>Completes when it listens for the first time and every part knows.</summary>
    public Task Listening => _first.Task;

    /// <summary>Calls back for each notification.</summary>
    /// <param name="channel">A constant of the service: it stands in SQL text.</param>
    /// <param name="heard">Gets the payload, or null after every (re)connect: something may have been missed. Must not block.</param>
    public void Subscribe(string channel, Action<string?> heard)
    {
        _heard.AddOrUpdate(channel, heard, (_, before) => before + heard);

        lock (_gate)
        {
            // Parts of a service start one after another: a connection that is open already does not listen to this channel.
            _listening?.Cancel();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (lifetime is not null)
        {
            // Every part has subscribed by then: one connection listens to all of them, and none is told twice that it may have missed something.
            var started = new TaskCompletionSource();
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenWhileCompleteAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or IOException or TimeoutException)
            {
                Lost(log, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Returns when a channel was added, which takes a new connection.</summary>
    private async Task ListenWhileCompleteAsync(CancellationToken stoppingToken)
    {
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);

        lock (_gate)
        {
            _listening = listening;
        }

        try
        {
            await ListenAsync(listening.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Subscribed to meanwhile.
        }
        finally
        {
            lock (_gate)
            {
                _listening = null;
            }
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await using var connection = await database.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notification) => _heard[notification.Channel](notification.Payload);

        foreach (var channel in _heard.Keys)
        {
            await using var listen = new NpgsqlCommand($"listen {channel}", connection);
            await listen.ExecuteNonQueryAsync(stoppingToken);
        }

        foreach (var heard in _heard.Values)
        {
            heard(null);
        }

        _first.TrySetResult();

        while (true)
        {
            // A half-open connection would hear nothing for ever: ask it every 5 s whether it is still there. Until then revocations are not heard.
            if (!await connection.WaitAsync(TimeSpan.FromSeconds(5), stoppingToken))
            {
                await using var alive = new NpgsqlCommand("select 1", connection) { CommandTimeout = 2 };
                await alive.ExecuteNonQueryAsync(stoppingToken);
            }
        }
    }

    [LoggerMessage(120, LogLevel.Warning, "The listening connection to PostgreSQL was lost and will be opened again: {Reason}")]
    private static partial void Lost(ILogger log, string reason);
}
