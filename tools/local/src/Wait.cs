using System.Diagnostics;

namespace Coworking.Local;

/// <summary>Waiting for something that gives no signal of its own.</summary>
public static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks every 25 ms until the condition holds; a <see cref="TimeoutException"/> names what did not happen.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit, string what, CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {what}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    public static Task UntilAsync(Func<bool> condition, TimeSpan limit, string what, CancellationToken cancellationToken = default) =>
        UntilAsync(() => Task.FromResult(condition()), limit, what, cancellationToken);
}
