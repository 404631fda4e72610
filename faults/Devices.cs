using System.Diagnostics;
using Coworking.Bench;
using Coworking.Mqtt;

namespace Coworking.Faults;

/// <summary>Devices in this process, at a steady rate, QoS 1, over shared connections that send again with DUP what was not acknowledged when they broke.</summary>
internal sealed class Devices : IAsyncDisposable
{
    private const int Connections = 50;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(60);

    private readonly Workload _workload;
    private readonly string[] _topics;
    private readonly MqttClient[] _clients;
    private readonly int _rate;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<long> _running;

    private Devices(Workload workload, MqttClient[] clients, int rate, CancellationToken cancellationToken)
    {
        (_workload, _clients, _rate) = (workload, clients, rate);
        _topics = [.. workload.Spaces.Select(space => space.Topic)];
        _running = RunAsync(cancellationToken);
    }

    public static async Task<Devices> StartAsync(int port, Workload workload, int rate, CancellationToken cancellationToken)
    {
        var clients = Enumerable.Range(0, Math.Min(Connections, workload.Spaces.Count))
            .Select(number => new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = $"device-{number}", SessionExpiryInterval = TimeSpan.FromHours(1) }))
            .ToArray();

        foreach (var client in clients)
        {
            await client.StartAsync(cancellationToken);
        }

        return new Devices(workload, clients, rate, cancellationToken);
    }

    /// <summary>Sends nothing more; back when the broker has acknowledged everything, and throws when it has not.</summary>
    /// <returns>Messages sent.</returns>
    public async Task<long> StopAsync()
    {
        await _stop.CancelAsync();
        return await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var pending = new List<Task<MqttReasonCode>>();
        var started = Stopwatch.GetTimestamp();
        var sent = 0L;

        while (!_stop.IsCancellationRequested)
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * _rate); sent < due; sent++)
            {
                pending.Add(SendAsync(sent, cancellationToken));
            }

            // What is answered is forgotten, after it has been looked at.
            foreach (var answered in pending.Where(task => task.IsCompleted))
            {
                Check(await answered);
            }

            pending.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(Tick, cancellationToken);
        }

        foreach (var code in await Task.WhenAll(pending).WaitAsync(LastAnswers, cancellationToken))
        {
            Check(code);
        }

        return sent;
    }

    private Task<MqttReasonCode> SendAsync(long i, CancellationToken cancellationToken)
    {
        Span<byte> payload = stackalloc byte[Workload.MaxPayload];
        var length = _workload.Payload(i, payload);
        var space = (int)(i % _topics.Length);
        return _clients[space % _clients.Length].PublishAsync(
            new MqttApplicationMessage { Topic = _topics[space], Payload = payload[..length].ToArray(), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, cancellationToken);
    }

    private static void Check(MqttReasonCode code)
    {
        // No matching subscribers is a success of the broker and a loss of ours: its sessions are there all the time.
        if (code is not MqttReasonCode.Success)
        {
            throw new InvalidOperationException($"The broker answered a reading with {code}");
        }
    }
}
