using System.Collections.Concurrent;
using Coworking.Hosting.Messaging;

namespace Coworking.Hosting.Tests.Messaging;

/// <summary>A bus that fails, waits and counts on command. Several dispatchers may share one.</summary>
internal sealed class FakeBus : IOutboxPublisher
{
    private int _publishing;
    private int _failures;

    /// <summary>Everything that reached the bus, copies included, in the order of arrival.</summary>
    internal ConcurrentQueue<OutboxRow> Said { get; } = new();

    internal ConcurrentQueue<int> Windows { get; } = new();

    /// <summary>True once two windows were on their way at the same time.</summary>
    internal bool Overlapped { get; private set; }

    /// <summary>Set: publishing waits for it before it confirms.</summary>
    internal TaskCompletionSource? Confirm { get; set; }

    internal TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>So many windows reach the bus by half and are not confirmed.</summary>
    internal void FailNext(int windows) => Volatile.Write(ref _failures, windows);

    public async Task PublishAsync(IReadOnlyList<OutboxRow> messages, CancellationToken cancellationToken)
    {
        Overlapped |= Interlocked.Increment(ref _publishing) > 1;

        try
        {
            Windows.Enqueue(messages.Count);
            var fails = Interlocked.Decrement(ref _failures) >= 0;

            foreach (var message in fails ? messages.Take(messages.Count / 2) : messages)
            {
                Said.Enqueue(message);
            }

            if (fails)
            {
                throw new IOException("The bus is away");
            }

            Reached.TrySetResult();

            if (Confirm is { } confirm)
            {
                await confirm.Task.WaitAsync(cancellationToken);
            }

            await Task.Yield();
        }
        finally
        {
            Interlocked.Decrement(ref _publishing);
        }
    }
}
