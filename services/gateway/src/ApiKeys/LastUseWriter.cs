using System.Net.Sockets;
using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>Writes when keys were last used, for all of them in one statement; a request never waits for it.</summary>
internal sealed class LastUseWriter(KeyRing keys, KeyStore store, TimeProvider clock, ILogger<LastUseWriter> log) : BackgroundService
{
    // Good enough for "is this key still in use", and one statement per ten seconds however many keys there are.
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Nobody misses ten seconds of it; a stop that waits for a database that is away does cost.
    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);

        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WriteAsync(stoppingToken.IsCancellationRequested ? PatienceAtTheEnd : Patience);
        }
    }

    internal Task WriteAsync() => WriteAsync(Patience);

    private async Task WriteAsync(TimeSpan patience)
    {
        if (keys.TakeUses() is not { Count: > 0 } used)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(patience, clock);
            await store.WriteLastUseAsync(used, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException)
        {
            GatewayLog.LastUseLost(log, e.Message);
        }
    }
}
