using System.Threading.Tasks.Sources;

namespace Coworking.Gateway.Transport;

/// <summary>Whether a socket may be tried again, in one direction: one waits, a loop signals, and nothing is allocated for it.</summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Quiet = 0;
    private const int Signalled = 1;
    private const int Awaited = 2;

    private ManualResetValueTaskSourceCore<bool> _waiter;
    private int _state;

    /// <summary>Ends with the next signal, or with one that nobody has waited for yet. For one at a time. Whoever waits goes on where the signal is given.</summary>
    internal ValueTask WaitAsync()
    {
        _waiter.Reset();

        if (Interlocked.CompareExchange(ref _state, Awaited, Quiet) == Quiet)
        {
            return new ValueTask(this, _waiter.Version);
        }

        Volatile.Write(ref _state, Quiet);
        return ValueTask.CompletedTask;
    }

    /// <param name="by">Whoever waits goes on there, in a turn of its own; null: here and now, on the loop's thread.</param>
    internal void Signal(EventLoop? by = null)
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Signalled:
                    return;
                case Awaited when Interlocked.CompareExchange(ref _state, Quiet, Awaited) == Awaited:
                    Wake(by);
                    return;
                case Quiet when Interlocked.CompareExchange(ref _state, Signalled, Quiet) == Quiet:
                    return;
            }
        }
    }

    private void Wake(EventLoop? by)
    {
        if (by is null)
        {
            _waiter.SetResult(true);
        }
        else
        {
            by.Post(static self => ((Readiness)self!)._waiter.SetResult(true), this);
        }
    }

    void IValueTaskSource.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);
}
