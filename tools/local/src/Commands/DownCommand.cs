using System.Globalization;

namespace Coworking.Local;

/// <summary>Ends a running `up` and waits until nothing of it is left.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    internal static async Task<int> RunAsync()
    {
        var running = RunFolder.Running();
        var guardians = RunFolder.Guardians();
        if (running is null && guardians.Length == 0)
        {
            await Console.Out.WriteLineAsync("Nothing is running.");
            return 0;
        }

        if (running is { } pid)
        {
            _ = NativeMethods.Kill(pid, 15);
        }
        else
        {
            // Their `up` is gone and they are about to end by themselves; asking costs nothing.
            Array.ForEach(guardians, guardian => _ = NativeMethods.Kill(guardian, 15));
        }

        try
        {
            await Wait.UntilAsync(
                () => RunFolder.Running() is null && !guardians.Any(g => ProcessTable.IsAlive(g, "guardian")), Limit, "everything has ended");
        }
        catch (TimeoutException)
        {
            var left = guardians.Where(g => ProcessTable.IsAlive(g, "guardian")).Select(g => g.ToString(CultureInfo.InvariantCulture));
            await Console.Error.WriteLineAsync($"Still there after {Limit.TotalSeconds:0} s: up {running}, guardians {string.Join(", ", left)}");
            return 1;
        }

        await Console.Out.WriteLineAsync("Stopped.");
        return 0;
    }
}
