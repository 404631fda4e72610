namespace Coworking.Mqtt;

/// <summary>How a connection ends, and what it does with the packets that are not messages.</summary>
public sealed partial class MqttConnection
{
    /// <summary>The limit for writing what is left, and again for the broker to close its side.</summary>
    private static readonly TimeSpan ClosingLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _release = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<MqttReasonCode?> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Writes what is under way, sends DISCONNECT and waits for the end, some seconds at most. The broker keeps the session as long as was agreed.
    /// No acknowledgement is sent after it.
    /// </summary>
    public Task DisconnectAsync(MqttReasonCode reason = MqttReasonCode.NormalDisconnection, CancellationToken cancellationToken = default)
    {
        _closing.TrySetResult(reason);
        return Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Cuts the connection without a DISCONNECT, as a crash would: the broker publishes the will.</summary>
    public Task AbortAsync()
    {
        _closing.TrySetResult(null);
        return Completion;
    }

    /// <summary>Disconnects normally if that has not been done.</summary>
    public async ValueTask DisposeAsync() => await DisconnectAsync();

    /// <summary>True when the message goes to the handler; called by the reader.</summary>
    internal bool Admit(in MqttPublishFrame frame)
    {
        if (frame.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce)
        {
            return true;
        }

        var reception = _inbound.Receive(frame);

        if (reception == Reception.AnswerAgain)
        {
            Answer(MqttPacketType.PubRec, frame.PacketId);
        }

        return reception == Reception.Deliver;
    }

    /// <summary>Takes every packet but PUBLISH; called by the reader.</summary>
    internal void Dispatch(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.PubAck:
                _session.Publishes.Acknowledged(MqttDecoder.Ack(frame));
                break;
            case MqttPacketType.PubRel:
                var released = MqttDecoder.Ack(frame).PacketId;
                Answer(MqttPacketType.PubComp, released, _inbound.Release(released));
                break;
            case MqttPacketType.SubAck or MqttPacketType.UnsubAck:
                _requests.Answered(frame.Type, MqttDecoder.SubAck(frame));
                break;
            case MqttPacketType.PingResp:
                MqttDecoder.PingResp(frame);
                break;
            case MqttPacketType.Disconnect:
                var reason = MqttDecoder.Disconnect(frame);
                throw new MqttDisconnectedException($"The broker disconnected: {reason}.", reason);
            default:
                throw MqttProtocolException.Violation($"{frame.Type} has no place here.");
        }
    }

    /// <summary>What handled a message of this connection elsewhere has failed: ends the connection, so that the message comes again.</summary>
    internal void FailHandler(Exception cause) => _closing.TrySetException(cause);

    /// <summary>A QoS 2 message that was acknowledged before, perhaps over an earlier connection.</summary>
    internal bool IsTaken(ushort packetId)
    {
        lock (_session.Gate)
        {
            return _session.Taken.Contains(packetId);
        }
    }

    private void Answer(MqttPacketType type, ushort packetId, MqttReasonCode code = MqttReasonCode.Success)
    {
        lock (_session.Gate)
        {
            MqttEncoder.Ack(_writer.Buffer, type, packetId, code);
            _writer.Appended();
        }
    }

    private async Task RunAsync()
    {
        // The constructor must return first: a message may be here already, and its handler looks at this object.
        await Task.Yield();
        var reading = _reader.RunAsync(_release.Token, _stop.Token);
        var writing = _writer.RunAsync(_session.Publishes.Drain, _stop.Token);
        var watching = new KeepAlive(_keepAlive, _clock, _reader, _writer, _session.Gate).RunAsync(_stop.Token);
        var ended = await Task.WhenAny(reading, writing, watching, _closing.Task);
        var farewell = await Judge(ended);

        if (farewell is { } reason)
        {
            await SayGoodbye(reason, writing, reading);
        }
        else
        {
            _ = Close(goodbye: null);
        }

        await _release.CancelAsync();
        await _stop.CancelAsync();
        await _transport.Stream.DisposeAsync();
        await Task.WhenAll(reading, writing, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _transport.DisposeAsync();
        _writer.Dispose();
        _release.Dispose();
        _stop.Dispose();
    }

    /// <summary>Keeps why it ended, and returns what to tell the broker; null: nothing, the line is dead.</summary>
    private async Task<MqttReasonCode?> Judge(Task ended)
    {
        try
        {
            await ended;
            DisconnectReason = await _closing.Task;
            return DisconnectReason;
        }
        catch (MqttProtocolException e)
        {
            ClosedBy = e;
            DisconnectReason = e.ReasonCode;
            return e.ReasonCode;
        }
        catch (MqttDisconnectedException e)
        {
            ClosedBy = e;
            DisconnectReason = e.ReasonCode;
            return null;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            ClosedBy = new MqttDisconnectedException($"The connection broke: {e.Message}", innerException: e);
            return null;
        }
        catch (Exception e)
        {
            // The handler threw: whatever it was, this connection cannot go on, and its owner finds it here.
            ClosedBy = e;
            DisconnectReason = MqttReasonCode.ImplementationSpecificError;
            return DisconnectReason;
        }
    }

    private async Task SayGoodbye(MqttReasonCode reason, Task writing, Task reading)
    {
        _reader.Discard();
        var flushed = Close(reason);
        await _release.CancelAsync();

        await ((Task)Task.WhenAny(flushed, writing)).WaitAsync(ClosingLimit, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // The broker closes after a DISCONNECT (3.14.4); reading on until then lets it read everything we wrote.
        await reading.WaitAsync(ClosingLimit, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>From here on nothing is accepted: no publish, no acknowledgement.</summary>
    private Task Close(MqttReasonCode? goodbye)
    {
        var flushed = Task.CompletedTask;
        var cause = new MqttDisconnectedException("The connection ended before the answer came.", DisconnectReason, ClosedBy);

        lock (_session.Gate)
        {
            Volatile.Write(ref _isOpen, false);

            if (goodbye is { } reason)
            {
                MqttEncoder.Disconnect(_writer.Buffer, reason);
                _writer.Appended();
                flushed = _writer.FlushedAsync();
            }

            _session.Publishes.Detach(cause, keep: _sessionIsShared);
            _requests.Fail(cause);
        }

        return flushed;
    }
}
