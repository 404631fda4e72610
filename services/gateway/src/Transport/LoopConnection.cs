using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Coworking.Gateway.Transport;

/// <summary>A client's connection: what comes goes to Kestrel, what Kestrel has for it is sent, and all of it on the thread of its loop.</summary>
internal sealed class LoopConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    // As Kestrel's own transport has them: what an application does not take, or a client does not, is kept up to here.
    private const long MaxUnread = 1024 * 1024;
    private const long MaxUnsent = 64 * 1024;

    // A block of the pool is 4 KiB; half of one is not worth a call to the system.
    private const int LeastRead = 2048;

    // A client that sends without a pause leaves the others their turn.
    private const int ReadsATurn = 4;

    private static long _last;

    private readonly LoopSocket _socket;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _closed = new();
    private readonly PipeWriter _input;
    private readonly PipeReader _output;
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private volatile ConnectionAbortedException? _aborted;

    internal LoopConnection(LoopSocket socket, MemoryPool<byte> pool, ILogger log)
        : base(string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _last):x}"))
    {
        (_socket, MemoryPool, _log) = (socket, pool, log);
        Scheduler = new LoopScheduler(socket.Loop);
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        // What Kestrel waits for goes on where the scheduler says; what these loops wait for goes on where it happens.
        var input = new Pipe(new PipeOptions(pool, Scheduler, PipeScheduler.Inline, MaxUnread, MaxUnread / 2, useSynchronizationContext: false));
        var output = new Pipe(new PipeOptions(pool, PipeScheduler.Inline, Scheduler, MaxUnsent, MaxUnsent / 2, useSynchronizationContext: false));
        (_input, _output) = (input.Writer, output.Reader);
        Transport = new Duplex(input.Reader, output.Writer);
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set(Scheduler);
    }

    public MemoryPool<byte> MemoryPool { get; }

    internal LoopScheduler Scheduler { get; }

    internal void Start() => _socket.Loop.Post(
        static connection =>
        {
            var self = (LoopConnection)connection!;
            self._receiving = self.ReceiveAsync();
            self._sending = self.SendAsync();
        },
        this);

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted ??= abortReason;
        _socket.Dispose();
        _output.CancelPendingRead();
    }

    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await _socket.Loop.NextTurnAsync();
        await _receiving;
        await _sending;
        _socket.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReceiveAsync()
    {
        Exception? failure = null;

        try
        {
            var reads = 0;

            while (true)
            {
                var readable = _socket.ReadableAsync();
                reads = readable.IsCompleted ? reads + 1 : 0;

                if (reads == ReadsATurn)
                {
                    reads = 0;
                    await _socket.Loop.NextTurnAsync();
                }

                await readable;
                var count = _socket.TryReceive(_input.GetMemory(LeastRead).Span);

                if (count == 0)
                {
                    break;
                }

                if (count > 0)
                {
                    _input.Advance(count);

                    if ((await _input.FlushAsync()) is { IsCompleted: true } or { IsCanceled: true })
                    {
                        break;
                    }
                }
            }
        }
        catch (SocketException e)
        {
            failure = (Exception?)_aborted ?? (_socket.IsClosed ? new ConnectionAbortedException() : new ConnectionResetException(e.Message, e));
        }
        catch (Exception e)
        {
            failure = e;
            GatewayLog.LoopSlipped(_log, _socket.Loop.Index, e);
        }

        await _input.CompleteAsync(failure);
        // Whoever is told may do as he likes with the thread: not with this one.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.TellClosed(), this, preferLocal: false);
    }

    private void TellClosed()
    {
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException e)
        {
            GatewayLog.LoopSlipped(_log, _socket.Loop.Index, e);
        }
    }

    private async Task SendAsync()
    {
        Exception? slip = null;

        try
        {
            while (true)
            {
                var read = await _output.ReadAsync();

                if (read.IsCanceled)
                {
                    break;
                }

                await _socket.SendAsync(read.Buffer);
                _output.AdvanceTo(read.Buffer.End);

                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (SocketException)
        {
            // Whoever writes is told that nobody reads; the receiving says why.
        }
        catch (Exception e)
        {
            slip = e;
            GatewayLog.LoopSlipped(_log, _socket.Loop.Index, e);
        }

        // Not from within the writer's call, who may hold a lock. Nothing will be sent any more, so nothing need be heard either: the receiving ends with it.
        await _socket.Loop.NextTurnAsync();
        _socket.Dispose();
        await _output.CompleteAsync(slip);
        _input.CancelPendingFlush();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}

/// <summary>Where Kestrel and the pipeline go on when something has come for them: on the thread pool, or on the loop's thread while requests come that compute and wait for nothing.</summary>
internal sealed class LoopScheduler(EventLoop loop) : PipeScheduler
{
    private volatile bool _isPool = true;

    internal EventLoop Loop => loop;

    /// <summary>Nothing of this connection's application is woken on the loop.</summary>
    internal bool RunsOnPool { get => _isPool; set => _isPool = value; }

    public override void Schedule(Action<object?> action, object? state)
    {
        if (!_isPool && EventLoop.Current == loop)
        {
            action(state);
        }
        else
        {
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
        }
    }
}
