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

    /// <summary>Whether there was a signal that nobody has waited for; there is none after it.</summary>
    internal bool TakeSignal() => Interlocked.CompareExchange(ref _state, Quiet, Signalled) == Signalled;

    internal void Signal()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Signalled:
                    return;
                case Awaited when Interlocked.CompareExchange(ref _state, Quiet, Awaited) == Awaited:
                    _waiter.SetResult(true);
                    return;
                case Quiet when Interlocked.CompareExchange(ref _state, Signalled, Quiet) == Quiet:
                    return;
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);
}
