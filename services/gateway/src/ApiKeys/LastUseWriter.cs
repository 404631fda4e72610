using System.Net.Sockets;
using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>Writes when keys were last used, for all of them in one statement; a request never waits for it.</summary>
internal sealed class LastUseWriter(KeyRing keys, KeyStore store, TimeProvider clock, ILogger<LastUseWriter> log) : BackgroundService
{
    // Good enough for "is this key still in use", and one statement per ten seconds however many keys there are.
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);

        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WriteAsync();
        }
    }

    internal async Task WriteAsync()
    {
        if (keys.TakeUses() is not { Count: > 0 } used)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);
            await store.WriteLastUseAsync(used, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException)
        {
            GatewayLog.LastUseLost(log, e.Message);
        }
    }
}
