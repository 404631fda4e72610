using System.Runtime.CompilerServices;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// The body of a live stream, which ends when the gateway stops: its reader sees a proper end and connects again elsewhere, and the stop waits for nobody.
/// </summary>
internal sealed class StreamUntilStop(Stream inner, CancellationToken stopping) : Stream
{
    private CancellationTokenSource? _either;
    private CancellationToken _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, Either(cancellationToken));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _either?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // YARP gives the same token with each read of a stream: one link for all of them.
    private CancellationToken Either(CancellationToken given)
    {
        if (_either is null || given != _given)
        {
            _either?.Dispose();
            _either = CancellationTokenSource.CreateLinkedTokenSource(given, stopping);
            _given = given;
        }

        return _either.Token;
    }
}
