using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Coworking.Faults.Ingest;

/// <summary>Stands before Mosquitto and does to connections what a network does. What it hears is counted on the lines of partitions alone.</summary>
internal sealed class BrokerProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _broker;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ProxyLine, Task> _lines = new();
    private readonly Task _accepting;
    private long _withheld;
    private long _acknowledged;
    private long _redelivered;

    /// <param name="broker">Port of the broker behind it.</param>
    public BrokerProxy(int broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Acknowledgements of readings come up to here and no further.</summary>
    public bool Withholds { get; set; }

    /// <summary>Of these readings iot-ingest has said that it has them: topic and the beginning of the payload. Null: nobody writes them down.</summary>
    public ConcurrentDictionary<(string Topic, string Payload), bool>? Witnessed { get; init; }

    public long Withheld => Interlocked.Read(ref _withheld);

    /// <summary>Acknowledgements of readings that went through.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Readings that the broker sent once more (DUP).</summary>
    public long Redelivered => Interlocked.Read(ref _redelivered);

    /// <summary>Connections of partitions on which the broker has taken a subscription.</summary>
    public int Following => _lines.Keys.Count(line => line is { IsSubscribed: true, IsFrozen: false, Completion.IsCompleted: false });

    /// <summary>Partitions that connected with Clean Start, which would throw away what waits for them.</summary>
    public int CleanStarts { get; private set; }

    public IReadOnlyList<ProxyLine> Partitions => [.. _lines.Keys.Where(line => line.IsPartition)];

    /// <summary>Ends every connection with a reset.</summary>
    public void Cut()
    {
        foreach (var line in _lines.Keys)
        {
            line.Reset();
        }
    }

    /// <summary>From now on nothing passes on the connections that are open, which stay open: half-open, as after a cable was pulled.</summary>
    public void Freeze()
    {
        foreach (var line in _lines.Keys)
        {
            line.IsFrozen = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_lines.Values);
        _stop.Dispose();
    }

    internal bool Passes(ProxyLine line, MqttPacket packet, bool toBroker)
    {
        switch (packet.Kind)
        {
            case MqttPacket.Connect when toBroker && line.IsPartition && packet.IsCleanStart:
                CleanStarts++;
                return true;
            case MqttPacket.PubAck when toBroker && line.IsPartition:
                return PassesAck(line, packet.Id);
            case MqttPacket.Publish when !toBroker && line.IsPartition:
                Interlocked.Add(ref _redelivered, packet.IsDuplicate ? 1 : 0);

                if (Witnessed is not null && packet.Level > 0)
                {
                    line.Delivered[packet.PublishId] = packet.Reading;
                }

                return true;
            default:
                return true;
        }
    }

    private bool PassesAck(ProxyLine line, ushort id)
    {
        if (line.Injected.TryRemove(id, out _))
        {
            return false;
        }

        if (Withholds)
        {
            Interlocked.Increment(ref _withheld);
            return false;
        }

        if (Witnessed is not null && line.Delivered.TryRemove(id, out var reading))
        {
            Witnessed[reading] = true;
        }

        Interlocked.Increment(ref _acknowledged);
        return true;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptSocketAsync(_stop.Token);
            var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

            try
            {
                await broker.ConnectAsync(IPAddress.Loopback, _broker, _stop.Token);
            }
            catch (SocketException)
            {
                // The broker is away: whoever came here is told in the same way.
                client.Close(0);
                broker.Dispose();
                continue;
            }

            var line = new ProxyLine(this, client, broker);
            _lines[line] = Task.CompletedTask;
            _lines[line] = RunAsync(line);
        }
    }

    private async Task RunAsync(ProxyLine line)
    {
        await Task.Yield();
        await line.RunAsync();
        _lines.TryRemove(line, out _);
        line.Dispose();
    }
}
