using System.Buffers;
using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace Coworking.Gateway.Proxying;

/// <summary>One request without a body, and its answer, passed on from connection to connection.</summary>
internal sealed class DirectExchange(HttpContext context, ServiceAddress address, string host, TimeSpan patience, ILogger log)
{
    // A request or an answer with a larger head is none of ours: the one is YARP's to pass on, the other is refused.
    private const int BufferLength = 16 * 1024;
    private const int BytesATurn = 256 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private ServiceConnection? _connection;
    private int _length;
    private int _taken;
    private int _unsent;
    private int _sinceTurn;
    private ExchangeStage _stage;
    private bool _isClientGone;

    /// <summary>False where the request is not for this: nothing has happened then.</summary>
    internal bool TryWriteHead()
    {
        if (RequestHead.TryWrite(context, host, _buffer, out _length))
        {
            return true;
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        return false;
    }

    /// <summary>Asks and answers. What goes wrong is told as YARP tells it: by the result, the feature and the status.</summary>
    internal async ValueTask<ForwarderError> RunAsync()
    {
        var aborted = default(CancellationTokenRegistration);

        try
        {
            do
            {
                _connection = await address.TakeAsync();

                if (_connection.Error != SocketError.Success)
                {
                    // That it came too late is no more than that nobody is there: another may be asked.
                    return Fail(new SocketException((int)_connection.Error), isLate: false);
                }

                await aborted.DisposeAsync();
                // The client's going ends it, as its own failing would.
                aborted = context.RequestAborted.UnsafeRegister(static connection => ((ServiceConnection)connection!).Dispose(), _connection);
            }
            while (!await AskAsync());

            _stage = ExchangeStage.Head;
            var head = ResponseHead.Read(_buffer.AsSpan(0, _taken), context.Response, HttpMethods.IsHead(context.Request.Method));
            _stage = ExchangeStage.Body;
            var isClean = await PassOnAsync(head);
            await aborted.DisposeAsync();

            if (isClean && head.KeepsConnection && _connection.IsOnLoop)
            {
                address.Give(_connection);
                _connection = null;
            }

            return ForwarderError.None;
        }
        catch (Exception e) when (e is SocketException or InvalidDataException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // Of these two only the client's side is capable.
            _isClientGone |= e is IOException or OperationCanceledException;
            return Fail(e, _connection?.IsLate == true);
        }
        finally
        {
            await aborted.DisposeAsync();
            _connection?.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    /// <summary>Until the head of the answer is in the buffer; false where the connection turned out to be closed and another is to be tried.</summary>
    private async ValueTask<bool> AskAsync()
    {
        var connection = _connection!;
        var asked = _length;
        _length = 0;

        try
        {
            connection.Expect(patience);
            await connection.SendAsync(_buffer.AsMemory(0, asked));

            while (true)
            {
                var count = _length < _buffer.Length ? await connection.ReceiveAsync(_buffer.AsMemory(_length)) : throw new InvalidDataException("The service's answer has too large a head");

                if (count == 0)
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }

                _length += count;

                if (TakeHead())
                {
                    connection.Expect(patience);
                    return true;
                }
            }
        }
        catch (SocketException) when (connection.IsUsed && _length == 0 && !connection.IsLate && !context.RequestAborted.IsCancellationRequested)
        {
            // The service had closed it just then. What is asked here changes nothing, and may be asked once more.
            connection.Dispose();
            _ = RequestHead.TryWrite(context, host, _buffer, out _length);
            return false;
        }
    }

    private bool TakeHead()
    {
        while ((_taken = ResponseHead.LengthOf(_buffer.AsSpan(0, _length))) > 0)
        {
            if (!ResponseHead.IsInterim(_buffer.AsSpan(0, _taken)))
            {
                return true;
            }

            // 103 and its like: what is meant comes behind it.
            _buffer.AsSpan(_taken.._length).CopyTo(_buffer);
            _length -= _taken;
        }

        return false;
    }

    /// <summary>The body; false where more came than belongs to it.</summary>
    private ValueTask<bool> PassOnAsync(in ResponseHead head) => head.Body switch
    {
        BodyKind.None => new ValueTask<bool>(_length == _taken),
        BodyKind.Chunked => PassOnChunksAsync(),
        _ => PassOnAsync(head.Body == BodyKind.Counted ? head.Length : long.MaxValue),
    };

    private async ValueTask<bool> PassOnAsync(long left)
    {
        while (true)
        {
            var count = (int)Math.Min(left, _length - _taken);

            if (count > 0)
            {
                await context.Response.StartAsync();
                context.Response.BodyWriter.Write(_buffer.AsSpan(_taken, count));
                (left, _taken, _unsent) = (left - count, _taken + count, _unsent + count);
            }

            if (left == 0)
            {
                return _length == _taken;
            }

            if (!await ReceiveMoreAsync())
            {
                return left > long.MaxValue / 2 ? false : throw new SocketException((int)SocketError.ConnectionReset);
            }
        }
    }

    private async ValueTask<bool> PassOnChunksAsync()
    {
        var chunks = default(ChunkedBody);

        while (true)
        {
            _taken += chunks.Take(_buffer.AsSpan(_taken.._length), context.Response.BodyWriter, ref _unsent);

            if (chunks.IsDone)
            {
                return _length == _taken;
            }

            if (!await ReceiveMoreAsync())
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }
        }
    }

    // What is there goes out first: the client need not wait for the rest.
    private async ValueTask<bool> ReceiveMoreAsync()
    {
        if (_unsent > 0)
        {
            _unsent = 0;
            // How long the client may take is for Kestrel to say.
            _connection!.Expect(Timeout.InfiniteTimeSpan);

            if ((await context.Response.BodyWriter.FlushAsync()) is { IsCompleted: true } or { IsCanceled: true })
            {
                throw new IOException("The client is gone");
            }

            // Where the client was waited for, Kestrel goes on on the pool; and a client that takes all there is leaves the others of the loop their turn.
            if (!_connection.IsOnLoop || (_sinceTurn += _length) > BytesATurn)
            {
                _sinceTurn = 0;
                await _connection.NextTurnAsync();
            }
        }

        _connection!.Expect(patience);
        (_taken, _length) = (0, await _connection.ReceiveAsync(_buffer));
        return _length > 0;
    }

    private ForwarderError Fail(Exception exception, bool isLate)
    {
        var isClientGone = _isClientGone || context.RequestAborted.IsCancellationRequested;
        var error = DirectFailure.ErrorOf(_stage, isClientGone, isLate, exception);
        GatewayLog.NotPassedOn(log, error, exception);
        context.Features.Set<IForwarderErrorFeature>(new DirectFailure(error, exception));

        if (context.Response.HasStarted || _unsent > 0)
        {
            // Whoever has half of it must see that it is half.
            context.Abort();
            return error;
        }

        if (_stage != ExchangeStage.Request)
        {
            // Some of the service's fields may be there already.
            context.Response.Clear();
        }

        context.Response.StatusCode = isLate ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        return error;
    }
}
