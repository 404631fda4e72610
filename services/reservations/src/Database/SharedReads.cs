namespace Coworking.Reservations.Database;

/// <summary>
/// Lets those who ask the same at the same time share one read. A read that has begun takes nobody in: everyone gets what was read after they asked,
/// so nothing that had committed by then is missing, which no cache could promise across replicas.
/// </summary>
/// <typeparam name="TKey">What is asked.</typeparam>
/// <typeparam name="TValue">What is answered; shared, so it must not change.</typeparam>
/// <param name="read">Reads it. Runs for many, so nobody's cancellation ends it.</param>
internal sealed class SharedReads<TKey, TValue>(Func<TKey, Task<TValue>> read)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Queue> _queues = [];

    /// <summary>What a read says that begins now or later.</summary>
    internal Task<TValue> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(key, out var queue))
            {
                _queues[key] = queue = new Queue();
            }

            if (queue.Waiting is null)
            {
                queue.Running = queue.Waiting = RunAsync(key, queue, queue.Running);
            }

            return queue.Waiting.WaitAsync(cancellationToken);
        }
    }

    private async Task<TValue> RunAsync(TKey key, Queue queue, Task before)
    {
        // Yields also where nothing runs, so that the gate is never held while reading.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);

        lock (_gate)
        {
            queue.Waiting = null;
        }

        try
        {
            return await read(key);
        }
        finally
        {
            lock (_gate)
            {
                if (queue.Waiting is null)
                {
                    _queues.Remove(key);
                }
            }
        }
    }

    private sealed class Queue
    {
        /// <summary>The read that has begun last, or waits behind it.</summary>
        internal Task Running { get; set; } = Task.CompletedTask;

        /// <summary>The read that has not begun; those who ask now join it.</summary>
        internal Task<TValue>? Waiting { get; set; }
    }
}
