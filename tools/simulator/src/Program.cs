using System.Runtime.InteropServices;
using System.Text.Json;

namespace Coworking.Simulator;

internal static class Program
{
    /// <summary>How long the lines may take to say goodbye once the run has to end.</summary>
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            var options = Arguments.Parse(arguments);

            if (options.Help)
            {
                Console.Write(Arguments.Usage);
            }
            else if (options.PrintSpaces)
            {
                PrintSpaces(options);
            }
            else
            {
                await RunAsync(options, TimeProvider.System);
            }

            return 0;
        }
        catch (ArgumentsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"the ledger cannot be written: {e.Message}");
            return 1;
        }
    }

    private static void PrintSpaces(SimulatorOptions options)
    {
        foreach (var space in options.Spaces)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { locationId = space.LocationId, spaceId = space.SpaceId, capacity = space.Capacity }));
        }
    }

    private static async Task RunAsync(SimulatorOptions options, TimeProvider clock)
    {
        using var stop = options.Duration is { } duration ? new CancellationTokenSource(duration, clock) : new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var ledger = options.LedgerPath is { } path ? new Ledger(path) : null;
        var tally = new Tally(options.Count, clock);
        var progress = new Progress(tally, clock);
        var fleet = new Fleet(options, tally, ledger, clock);
        using var over = new CancellationTokenSource();
        var showing = progress.RunAsync(over.Token);

        Console.WriteLine($"{options.Spaces.Count} devices, {options.Connections} connections, {options.Scenario}, to {options.Host}:{options.Port}");
        await fleet.RunAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await over.CancelAsync();
        await showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await fleet.DisposeAsync().AsTask().WaitAsync(GoodbyeLimit, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        progress.Conclude();

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
