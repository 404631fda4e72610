namespace Coworking.Bus;

/// <summary>Which messages of one channel the broker has yet to confirm. They are counted as RabbitMQ does: from 1, in the order of sending.</summary>
internal sealed class Confirms
{
    private readonly Lock _lock = new();
    private readonly HashSet<ulong> _open = [];
    private TaskCompletionSource? _waiting;
    private Exception? _failure;
    private ulong _last;
    private ulong _confirmedUpTo;

    /// <summary>Counts a message that is about to be sent: its confirm may come before sending returns.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            _open.Add(++_last);
        }
    }

    /// <summary>The broker has a message, or all up to it.</summary>
    public void Confirm(ulong number, bool multiple)
    {
        lock (_lock)
        {
            _open.Remove(number);

            while (multiple && _confirmedUpTo < number)
            {
                _open.Remove(++_confirmedUpTo);
            }

            if (_open.Count == 0)
            {
                _waiting?.TrySetResult();
            }
        }
    }

    /// <summary>What is not confirmed by now may never be.</summary>
    public void Fail(Exception reason)
    {
        lock (_lock)
        {
            _failure ??= reason;
            _waiting?.TrySetException(_failure);
        }
    }

    /// <summary>Waits until nothing is open; throws what was said to have failed.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                return Task.FromException(_failure);
            }

            if (_open.Count == 0)
            {
                return Task.CompletedTask;
            }

            _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task.WaitAsync(cancellationToken);
        }
    }
}
