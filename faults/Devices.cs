using System.Diagnostics;
using Coworking.Bench;
using Coworking.Mqtt;

namespace Coworking.Faults;

/// <summary>Devices in this process, at a steady rate, QoS 1, over shared connections that send again with DUP what was not acknowledged when they broke.</summary>
internal sealed class Devices : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Sending _sending;
    private readonly MqttClient[] _clients;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<long> _running;
    private long _sent;
    private long _unheard;

    private Devices(Sending sending, MqttClient[] clients, CancellationToken cancellationToken)
    {
        (_sending, _clients) = (sending, clients);
        _running = RunAsync(cancellationToken);
    }

    /// <summary>Messages that have left so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Times that the broker had nobody to give a message to.</summary>
    public long Unheard => Interlocked.Read(ref _unheard);

    public static Task<Devices> StartAsync(int port, Workload workload, int rate, CancellationToken cancellationToken) =>
        StartAsync(port, Sending.Of(workload, rate), cancellationToken);

    public static async Task<Devices> StartAsync(int port, Sending sending, CancellationToken cancellationToken)
    {
        var clients = Enumerable.Range(0, sending.Lines)
            .Select(number => new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = $"{sending.Name}-{number}", SessionExpiryInterval = TimeSpan.FromHours(1) }))
            .ToArray();

        foreach (var client in clients)
        {
            await client.StartAsync(cancellationToken);
        }

        return new Devices(sending, clients, cancellationToken);
    }

    /// <summary>Sends nothing more; back when the broker has acknowledged everything, and throws when it has not.</summary>
    /// <returns>Messages sent.</returns>
    public async Task<long> StopAsync()
    {
        await _stop.CancelAsync();
        return await _running;
    }

    /// <summary>Back when as many as were to be sent are acknowledged.</summary>
    public Task<long> FinishAsync() => _running;

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

        while (!_stop.IsCancellationRequested && sent < _sending.Count)
        {
            for (var due = Math.Min(_sending.Count, (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * _sending.Rate)); sent < due; sent++)
            {
                pending.Add(SendAsync(_sending.Parcels(sent), cancellationToken));
            }

            Interlocked.Exchange(ref _sent, sent);

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

    private async Task<MqttReasonCode> SendAsync(Parcel parcel, CancellationToken cancellationToken)
    {
        var message = new MqttApplicationMessage { Topic = parcel.Topic, Payload = parcel.Payload, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce };

        while (true)
        {
            var code = await _clients[parcel.Line % _clients.Length].PublishAsync(message, cancellationToken);

            if (!_sending.Insists || code != MqttReasonCode.NoMatchingSubscribers)
            {
                return code;
            }

            Interlocked.Increment(ref _unheard);
            await Task.Delay(Patience, cancellationToken);
        }
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
