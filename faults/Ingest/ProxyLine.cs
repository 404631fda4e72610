using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Coworking.Faults.Ingest;

/// <summary>One connection through the proxy.</summary>
internal sealed class ProxyLine(BrokerProxy proxy, Socket client, Socket broker) : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly SemaphoreSlim _toClient = new(1);
    private volatile bool _isFrozen;
    private volatile bool _isSubscribed;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One of iot-ingest's sessions with the readings in it.</summary>
    public bool IsPartition { get; private set; }

    public bool IsSubscribed => _isSubscribed;

    public bool IsFrozen
    {
        get => _isFrozen;
        set => _isFrozen = value;
    }

    /// <summary>What the broker has sent and the client has not acknowledged, where somebody writes it down.</summary>
    internal ConcurrentDictionary<ushort, (string Topic, string Payload)> Delivered { get; } = new();

    /// <summary>Packet identifiers of which the broker knows nothing.</summary>
    internal ConcurrentDictionary<ushort, bool> Injected { get; } = new();

    /// <summary>Completes when the connection is over.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Says something to the client that the broker has not said.</summary>
    public async Task InjectAsync(ReadOnlyMemory<byte> bytes, ushort packetId, CancellationToken cancellationToken)
    {
        Injected[packetId] = true;
        await SendAsync(client, bytes, _toClient, cancellationToken);
    }

    public async Task RunAsync()
    {
        Task[] both = [PumpAsync(client, broker, toBroker: true), PumpAsync(broker, client, toBroker: false)];
        await Task.WhenAny(both);
        Reset();
        await Task.WhenAll(both);
        _completion.TrySetResult();
    }

    public void Reset()
    {
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was over already.
        }

        client.Close(0);
        broker.Close(0);
    }

    public void Dispose()
    {
        client.Dispose();
        broker.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, bool toBroker)
    {
        var (buffer, held) = (new byte[64 * 1024], 0);

        try
        {
            while (true)
            {
                if (held == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }

                var read = await from.ReceiveAsync(buffer.AsMemory(held), _over.Token);

                if (read == 0)
                {
                    return;
                }

                held += read;
                var (passing, taken) = Sift(buffer, held, toBroker);

                if (IsFrozen)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, _over.Token);
                }

                await SendAsync(to, buffer.AsMemory(0, passing), toBroker ? null : _toClient, _over.Token);
                buffer.AsSpan(taken, held - taken).CopyTo(buffer);
                held -= taken;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // However it ends, it is over.
        }
    }

    /// <summary>Moves what may pass to the front.</summary>
    private (int Passing, int Taken) Sift(byte[] buffer, int held, bool toBroker)
    {
        var (passing, taken) = (0, 0);

        while (MqttPacket.TryRead(buffer.AsMemory(taken, held - taken), out var packet))
        {
            Note(packet, toBroker);
            var length = packet.Bytes.Length;

            if (proxy.Passes(this, packet, toBroker))
            {
                packet.Bytes.Span.CopyTo(buffer.AsSpan(passing));
                passing += length;
            }

            taken += length;
        }

        return (passing, taken);
    }

    private void Note(MqttPacket packet, bool toBroker)
    {
        if (toBroker && packet.Kind == MqttPacket.Connect)
        {
            // "iot-ingest-" and a number; other clients of the service have a name or a UUID there.
            IsPartition = packet.ClientId.StartsWith("iot-ingest-", StringComparison.Ordinal) && int.TryParse(packet.ClientId.AsSpan("iot-ingest-".Length), out _);
        }
        else if (!toBroker && packet.Kind == MqttPacket.SubAck && IsPartition)
        {
            _isSubscribed = true;
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, SemaphoreSlim? turn, CancellationToken cancellationToken)
    {
        if (turn is not null)
        {
            await turn.WaitAsync(cancellationToken);
        }

        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
            }
        }
        finally
        {
            turn?.Release();
        }
    }
}
