using System.Buffers;
using System.IO.Pipelines;

namespace Coworking.Mqtt;

/// <summary>The read loop: cuts packets out of the pipe and gives each to whom it concerns, one at a time.</summary>
internal sealed class ConnectionReader(
    MqttConnection connection, PipeReader pipe, MqttFrameReader frames, IMqttMessageHandler handler, TimeProvider clock)
{
    private long _lastReceived = clock.GetTimestamp();
    private volatile bool _heldBack;
    private volatile bool _discarding;

    /// <summary>When bytes came last, or when the handler let go last, as a timestamp of the clock.</summary>
    public long LastReceived => Volatile.Read(ref _lastReceived);

    /// <summary>The handler's task is not complete and nothing is read.</summary>
    public bool IsHeldBack => _heldBack;

    /// <summary>From now on only waits for the end of the stream: closing a socket with unread bytes would reset it and lose what was written last.</summary>
    public void Discard() => _discarding = true;

    /// <param name="release">Stops waiting for a handler that holds back.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task RunAsync(CancellationToken release, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            Touch();

            while (!_discarding && !DispatchAll(ref buffer, out var held))
            {
                await WaitForHandler(held, release);
            }

            pipe.AdvanceTo(_discarding ? result.Buffer.End : buffer.Start, result.Buffer.End);

            if (result.IsCompleted)
            {
                throw new MqttDisconnectedException(buffer.IsEmpty || _discarding
                    ? "The broker closed the connection."
                    : "The broker closed the connection in the middle of a packet.");
            }
        }
    }

    /// <summary>True when no whole packet is left; false when the handler holds back.</summary>
    private bool DispatchAll(ref ReadOnlySequence<byte> buffer, out ValueTask held)
    {
        while (frames.TryRead(ref buffer, out var frame))
        {
            if (frame.Type == MqttPacketType.Publish)
            {
                held = Publish(frame);

                if (!held.IsCompletedSuccessfully)
                {
                    return false;
                }
            }
            else
            {
                connection.Dispatch(frame);
            }
        }

        held = default;
        return true;
    }

    private ValueTask Publish(in MqttFrame packet)
    {
        var frame = MqttDecoder.Publish(packet, connection);
        return connection.Admit(frame) ? handler.HandleAsync(frame) : ValueTask.CompletedTask;
    }

    private async Task WaitForHandler(ValueTask held, CancellationToken release)
    {
        _heldBack = true;

        try
        {
            await held.AsTask().WaitAsync(release);
        }
        catch (OperationCanceledException) when (release.IsCancellationRequested)
        {
            _discarding = true;
        }
        finally
        {
            Touch();
            _heldBack = false;
        }
    }

    private void Touch() => Volatile.Write(ref _lastReceived, clock.GetTimestamp());
}
