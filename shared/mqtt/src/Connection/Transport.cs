using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Coworking.Mqtt;

/// <summary>The socket with its TLS, and the CONNECT that opens it.</summary>
internal sealed class Transport : IAsyncDisposable
{
    /// <summary>Read buffers of this size make a packet straddle two of them rarely.</summary>
    private const int ReadBuffer = 64 * 1024;

    private Transport(Stream stream, MqttClientOptions options)
    {
        Stream = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBuffer, minimumReadSize: 4096, leaveOpen: true));
        Frames = new MqttFrameReader(options.MaximumPacketSize);
    }

    public Stream Stream { get; }

    public PipeReader Input { get; }

    public MqttFrameReader Frames { get; }

    public ConnAckPacket ConnAck { get; private set; } = null!;

    /// <summary>Socket, TLS, CONNECT, CONNACK; whatever follows the CONNACK stays in <see cref="Input"/>.</summary>
    public static async Task<Transport> OpenAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        MqttClientOptions.Validate(options);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Transport? transport = null;

        try
        {
            transport = new Transport(await OpenStreamAsync(options, both.Token), options);
            await transport.HandshakeAsync(options, both.Token);
            var opened = transport;
            transport = null;
            return opened;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MqttConnectException(
                $"No CONNACK from {options.Host}:{options.Port} within {options.ConnectTimeout.TotalSeconds:0.#} s.", reasonCode: null, e);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            throw new MqttConnectException($"Cannot connect to {options.Host}:{options.Port}: {e.Message}", reasonCode: null, e);
        }
        finally
        {
            if (transport is not null)
            {
                await transport.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        await Input.CompleteAsync();
        Frames.Dispose();
    }

    private static async Task<Stream> OpenStreamAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        var stream = options.ReadPause > TimeSpan.Zero
            ? await GatheringStream.ConnectAsync(options.Host, options.Port, options.ReadPause, options.TimeProvider, cancellationToken)
            : await ConnectAsync(options.Host, options.Port, cancellationToken);

        if (options.Tls is not { } tls)
        {
            return stream;
        }

        tls.TargetHost ??= options.Host;
        var secured = new SslStream(stream);

        try
        {
            await secured.AuthenticateAsClientAsync(tls, cancellationToken);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    private static async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task HandshakeAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        var connect = new ArrayBufferWriter<byte>(256);
        MqttEncoder.Connect(connect, options);
        await Stream.WriteAsync(connect.WrittenMemory, cancellationToken);

        while (true)
        {
            var result = await Input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;

            if (TryReadConnAck(ref buffer))
            {
                Input.AdvanceTo(buffer.Start);
                break;
            }

            Input.AdvanceTo(buffer.Start, buffer.End);

            if (result.IsCompleted)
            {
                throw new MqttConnectException("The broker closed the connection without a CONNACK.", reasonCode: null);
            }
        }

        if (ConnAck.ReasonCode != MqttReasonCode.Success)
        {
            throw new MqttConnectException($"The broker refused: {ConnAck.ReasonCode} {ConnAck.ReasonString}".TrimEnd(), ConnAck.ReasonCode);
        }

        // 3.2.2.1.1: [MQTT-3.2.2-4], there is nothing to be present.
        if (options.CleanStart && ConnAck.SessionPresent)
        {
            throw MqttProtocolException.Violation("CONNACK says Session Present after a Clean Start.");
        }
    }

    private bool TryReadConnAck(ref ReadOnlySequence<byte> buffer)
    {
        if (!Frames.TryRead(ref buffer, out var frame))
        {
            return false;
        }

        if (frame.Type != MqttPacketType.ConnAck)
        {
            throw MqttProtocolException.Violation($"{frame.Type} instead of CONNACK.");
        }

        ConnAck = MqttDecoder.ConnAck(frame);
        return true;
    }
}
