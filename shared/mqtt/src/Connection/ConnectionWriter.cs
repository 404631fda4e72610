using System.Buffers;

namespace Coworking.Mqtt;

/// <summary>Gathers packets in memory while the last ones are being written, so that whatever came meanwhile leaves in one write.</summary>
internal sealed class ConnectionWriter(Stream stream, Lock gate, TimeProvider clock) : IDisposable
{
    /// <summary>A buffer that grew beyond this is given up after use.</summary>
    private const int KeptBuffer = 256 * 1024;

    private readonly SemaphoreSlim _pending = new(0);
    private ArrayBufferWriter<byte> _filling = new(4096);
    private ArrayBufferWriter<byte> _sending = new(4096);
    private TaskCompletionSource<MqttReasonCode>? _flushed;
    private Exception? _failure;
    private bool _signalled;
    private long _lastSent = clock.GetTimestamp();

    /// <summary>To be encoded into under the gate, followed by <see cref="Appended"/>.</summary>
    public IBufferWriter<byte> Buffer => _filling;

    public int BufferedBytes => _filling.WrittenCount;

    /// <summary>When bytes were handed to the socket last, as a timestamp of the clock.</summary>
    public long LastSent => Volatile.Read(ref _lastSent);

    public void Appended()
    {
        if (!_signalled)
        {
            _signalled = true;
            _pending.Release();
        }
    }

    /// <summary>Called under the gate: completes with Success when everything encoded so far has been handed to the socket.</summary>
    public Task<MqttReasonCode> FlushedAsync()
    {
        if (_failure is not null)
        {
            return Task.FromException<MqttReasonCode>(_failure);
        }

        _flushed ??= new TaskCompletionSource<MqttReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _flushed.Task;
    }

    /// <param name="written">Called under the gate after each write: there is room again.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public async Task RunAsync(Action written, CancellationToken cancellationToken)
    {
        TaskCompletionSource<MqttReasonCode>? flushed = null;

        try
        {
            while (true)
            {
                await _pending.WaitAsync(cancellationToken);

                // Those woken by the same burst of acknowledgements get to write before we do: fewer, larger writes.
                await Task.Yield();
                flushed = Swap();
                await stream.WriteAsync(_sending.WrittenMemory, cancellationToken);
                Volatile.Write(ref _lastSent, clock.GetTimestamp());
                flushed?.TrySetResult(MqttReasonCode.Success);
                flushed = null;
                Written(written);
            }
        }
        finally
        {
            Fail(flushed);
        }
    }

    public void Dispose() => _pending.Dispose();

    private TaskCompletionSource<MqttReasonCode>? Swap()
    {
        lock (gate)
        {
            (_filling, _sending) = (_sending, _filling);
            _signalled = false;
            var flushed = _flushed;
            _flushed = null;
            return flushed;
        }
    }

    private void Written(Action written)
    {
        if (_sending.Capacity > KeptBuffer)
        {
            _sending = new ArrayBufferWriter<byte>(4096);
        }
        else
        {
            _sending.ResetWrittenCount();
        }

        lock (gate)
        {
            written();
        }
    }

    private void Fail(TaskCompletionSource<MqttReasonCode>? sending)
    {
        lock (gate)
        {
            _failure = new MqttDisconnectedException("The connection ended before everything was written.");
            sending?.TrySetException(_failure);
            _flushed?.TrySetException(_failure);
            _flushed = null;
        }
    }
}
