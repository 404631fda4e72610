using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// The body of a live stream, which ends when the gateway stops: its reader sees a proper end and connects again elsewhere, and the stop waits for nobody. It ends
/// likewise when its time is over, so that whoever was shut out since it was opened, or may see less, is asked again who he is; with Last-Event-ID nothing is missed.
/// </summary>
internal sealed class StreamUntilStop : Stream
{
    private readonly Stream _inner;
    private readonly CancellationTokenSource _over;
    private CancellationTokenSource? _either;
    private CancellationToken _given;

    internal StreamUntilStop(Stream inner, TimeSpan lifetime, CancellationToken stopping)
    {
        (_inner, _over) = (inner, CancellationTokenSource.CreateLinkedTokenSource(stopping));
        _over.CancelAfter(lifetime);
    }

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
            // Where more lies ready all the time, a read may never look at its token.
            return _over.IsCancellationRequested ? 0 : await _inner.ReadAsync(buffer, Either(cancellationToken));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <summary>Give or take a tenth, so that streams that were opened together do not all come back together.</summary>
    internal static TimeSpan Jittered(TimeSpan lifetime) => lifetime * (RandomNumberGenerator.GetInt32(900, 1101) / 1000.0);

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
            _over.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // YARP gives the same token with each read of a stream: one link for all of them.
    private CancellationToken Either(CancellationToken given)
    {
        if (_either is null || given != _given)
        {
            _either?.Dispose();
            _either = CancellationTokenSource.CreateLinkedTokenSource(given, _over.Token);
            _given = given;
        }

        return _either.Token;
    }
}
