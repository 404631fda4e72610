using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Coworking.Gateway.Transport;

/// <summary>
/// One thread that waits for its share of the sockets and goes on with whoever has news, there and then: no second thread is woken for it, which costs more than
/// all that the gateway does with a request (ADR 0048).
/// </summary>
/// <remarks>Nothing that runs here may wait for anything but a <see cref="LoopSocket"/>, or compute for long: all other connections of the loop wait meanwhile.</remarks>
internal sealed class EventLoop : IDisposable
{
    /// <summary>How often what has a time limit is looked at.</summary>
    internal static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LastTurn = TimeSpan.FromSeconds(5);

    private const long Bell = 0;
    private const int EventsAtOnce = 256;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly SafeFileHandle _poll = Epoll.Create();
    private readonly SafeFileHandle _bell = Epoll.CreateBell();
    private readonly ConcurrentDictionary<long, LoopSocket> _sockets = new();
    private readonly ConcurrentQueue<(Action<object?> Action, object? State)> _posted = new();
    private readonly List<Action> _ticks = [];
    private readonly ILogger _log;
    private readonly Thread _thread;
    private long _lastId = Bell;
    private int _rung;
    private volatile bool _isOver;
    private volatile bool _isDead;

    /// <param name="index">Which of the loops it is.</param>
    /// <param name="log">Where slips of whoever runs on it are told.</param>
    /// <exception cref="IOException">The process has too many files open.</exception>
    internal EventLoop(int index, ILogger log)
    {
        (Index, _log) = (index, log);
        Epoll.Watch(_poll, _bell, Bell, Epoll.Readable | Epoll.OnChange);
        _thread = new Thread(Run) { IsBackground = true, Name = $"loop {index}" };
        _thread.Start();
    }

    /// <summary>The loop whose thread this is; null elsewhere.</summary>
    internal static EventLoop? Current => _current;

    internal int Index { get; }

    /// <summary>Runs an action on the loop's thread, in a turn of its own.</summary>
    internal void Post(Action<object?> action, object? state)
    {
        _posted.Enqueue((action, state));

        if (_isDead)
        {
            // Whoever comes after the end is not left waiting.
            ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.RunPosted(), this, preferLocal: false);
        }
        else if (_current != this && Interlocked.Exchange(ref _rung, 1) == 0)
        {
            Epoll.Ring(_bell);
        }
    }

    /// <summary>Whoever awaits it goes on on the loop, after the others have had their turn, wherever he comes from.</summary>
    internal NextTurn NextTurnAsync() => new(this);

    /// <summary>Calls it about each <see cref="Tick"/>, on the loop's thread; to be said before the loop has anything to do.</summary>
    internal void OnTick(Action action) => Post(_ => _ticks.Add(action), null);

    /// <summary>From now on the socket hears of its events.</summary>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal long Watch(LoopSocket socket, System.Runtime.InteropServices.SafeHandle handle)
    {
        // Not its descriptor: that may be another connection's by the time that an event is read.
        var id = Interlocked.Increment(ref _lastId);
        _sockets[id] = socket;

        try
        {
            Epoll.Watch(_poll, handle, id, Epoll.Readable | Epoll.Writable | Epoll.PeerClosed | Epoll.OnChange);
            return id;
        }
        catch
        {
            Forget(id);
            throw;
        }
    }

    internal void Forget(long id) => _sockets.TryRemove(id, out _);

    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            Post(static _ => { }, null);

            if (Current != this)
            {
                _thread.Join(LastTurn);
            }
        }
    }

    private void Run()
    {
        _current = this;
        var events = Epoll.EventsBuffer(EventsAtOnce);
        var nextTick = Environment.TickCount64;

        while (!_isOver)
        {
            // What was posted on this thread after the last turn rang no bell.
            var count = Epoll.Wait(_poll, events, _posted.IsEmpty ? Tick : TimeSpan.Zero);

            for (var i = 0; i < count; i++)
            {
                var (what, id) = Epoll.At(events, i);

                if (_sockets.TryGetValue(id, out var socket))
                {
                    Hear(socket, what);
                }
            }

            RunPosted();

            if (Environment.TickCount64 >= nextTick)
            {
                nextTick = Environment.TickCount64 + (long)Tick.TotalMilliseconds;
                _ticks.ForEach(tick => Run(static tick => ((Action)tick!)(), tick));
            }
        }

        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }

        RunPosted();
        _isDead = true;
        RunPosted();
        _poll.Dispose();
    }

    // Those that are there now: what they post has its turn after the sockets.
    private void RunPosted()
    {
        // Before they are taken: who posts after that rings anew.
        Volatile.Write(ref _rung, 0);
        Interlocked.MemoryBarrier();

        for (var left = _posted.Count; (left > 0 || _isDead) && _posted.TryDequeue(out var posted); left--)
        {
            Run(posted.Action, posted.State);
        }
    }

    // A slip of one is told, and the others go on: what ends this thread ends the process.
    private void Run(Action<object?> action, object? state)
    {
        try
        {
            action(state);
        }
        catch (Exception e)
        {
            GatewayLog.LoopSlipped(_log, Index, e);
        }
    }

    private void Hear(LoopSocket socket, uint what)
    {
        try
        {
            socket.Hear(what);
        }
        catch (Exception e)
        {
            GatewayLog.LoopSlipped(_log, Index, e);
        }
    }
}

/// <summary>A turn of a loop, to be awaited.</summary>
/// <remarks>Not a Task: one that is done before it is awaited goes on where it is awaited, and that need not be the loop.</remarks>
internal readonly struct NextTurn(EventLoop loop) : ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public NextTurn GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => loop.Post(static next => ((Action)next!)(), continuation);
}

/// <summary>The loops of the process: one for each core, as each is busy whenever it has something to do.</summary>
internal sealed class EventLoops : IDisposable
{
    private readonly EventLoop[] _all;
    private int _last;

    /// <exception cref="IOException">The process has too many files open.</exception>
    internal EventLoops(int count, ILogger<EventLoop> log) => _all = [.. Enumerable.Range(0, count).Select(index => new EventLoop(index, log))];

    internal IReadOnlyList<EventLoop> All => _all;

    /// <summary>In turn.</summary>
    internal EventLoop Next() => _all[(uint)Interlocked.Increment(ref _last) % (uint)_all.Length];

    public void Dispose() => Array.ForEach(_all, loop => loop.Dispose());
}
