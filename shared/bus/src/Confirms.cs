namespace Coworking.Bus;

/// <summary>What the broker has yet to answer on one channel, and what it refused. Messages are counted as RabbitMQ does: from 1, in the order of sending.</summary>
internal sealed class Confirms
{
    private readonly Lock _lock = new();
    private readonly HashSet<ulong> _open = [];
    private readonly List<ulong> _refused = [];
    private TaskCompletionSource? _waiting;
    private Exception? _failure;
    private ulong _last;
    private ulong _answeredUpTo;

    /// <summary>True while nothing is to be answered.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _open.Count == 0;
            }
        }
    }

    /// <summary>Counts a message that is about to be sent: its answer may come before sending returns.</summary>
    /// <returns>Its number.</returns>
    public ulong Expect()
    {
        lock (_lock)
        {
            _open.Add(++_last);
            return _last;
        }
    }

    /// <summary>The broker has taken or refused a message, or all up to it.</summary>
    public void Answer(ulong number, bool multiple, bool refused)
    {
        lock (_lock)
        {
            Close(number, refused);

            while (multiple && _answeredUpTo < number)
            {
                Close(++_answeredUpTo, refused);
            }

            if (_open.Count == 0)
            {
                _waiting?.TrySetResult();
            }
        }
    }

    /// <summary>What is not answered by now may never be.</summary>
    public void Fail(Exception reason)
    {
        lock (_lock)
        {
            _failure ??= reason;
            _waiting?.TrySetException(_failure);
        }
    }

    /// <summary>Waits until nothing is open; throws what was said to have failed.</summary>
    /// <returns>Numbers of what was refused since the last such wait, in their order.</returns>
    public async Task<IReadOnlyList<ulong>> WaitAsync(CancellationToken cancellationToken)
    {
        await WaitingAsync().WaitAsync(cancellationToken);

        lock (_lock)
        {
            ulong[] refused = [.. _refused.Order()];
            _refused.Clear();
            return refused;
        }
    }

    private Task WaitingAsync()
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
            return _waiting.Task;
        }
    }

    private void Close(ulong number, bool refused)
    {
        if (_open.Remove(number) && refused)
        {
            _refused.Add(number);
        }
    }
}
