using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>Many readers of a server's stream, by a small program in C, and what the server's process uses for each event that reaches one.</summary>
internal static class StreamReaders
{
    /// <summary>What is said ten times a second.</summary>
    public const int Rate = 10;

    /// <summary>How many of its events a reader must get of a stream that tells states: one that is overtaken before it is told is not told, and the machine is not idle.</summary>
    public const double OfStates = 0.5;

    /// <returns>The path of the program.</returns>
    public static async Task<string> CompileAsync(CancellationToken cancellationToken)
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, ".local", "bench")).FullName, "streams");
        await Peer.RunAsync("gcc", ["-O2", "-o", program, Path.Combine(Repository.Root, "bench", "peers", "c", "streams.c")], TimeSpan.FromSeconds(60), cancellationToken);
        return program;
    }

    /// <param name="program">Compiled.</param>
    /// <param name="stream">What they read.</param>
    /// <param name="header">A header that each of them sends; empty for none.</param>
    /// <param name="clients">How many.</param>
    /// <param name="messages">How many each of them is to get.</param>
    /// <param name="least">The share of them that must reach them.</param>
    /// <param name="processes">By name; the first one is the server.</param>
    /// <param name="say">Says them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Measured> RunAsync(
        string program, Uri stream, string header, long clients, int messages, double least, IReadOnlyDictionary<string, int> processes, Func<Task> say, CancellationToken cancellationToken)
    {
        string[] words =
            [stream.Port.ToString(CultureInfo.InvariantCulture), stream.PathAndQuery, header, clients.ToString(CultureInfo.InvariantCulture), (clients * messages).ToString(CultureInfo.InvariantCulture)];
        await using var readers = await Peer.StartAsync(program, words, new Dictionary<string, string?>(), cancellationToken);
        await readers.SaysAsync("ready", TimeSpan.FromSeconds(60), cancellationToken);
        // Whoever has just connected is still being welcomed.
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        var all = new Dictionary<string, int>(processes) { ["readers"] = readers.ProcessId };
        var before = CpuTime.Of(all);
        await say();
        await readers.SaysAsync("done", TimeSpan.FromSeconds(30), cancellationToken);
        var used = CpuTime.Since(before, CpuTime.Of(all));
        var said = readers.Said().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(said, "done");
        var (events, bytes) = (long.Parse(said[at + 1], CultureInfo.InvariantCulture), long.Parse(said[at + 2], CultureInfo.InvariantCulture));
        Comparison.Say(processes.First().Key, string.Create(CultureInfo.InvariantCulture, $"{events} events of {bytes / Math.Max(1, events)} bytes to {clients} readers"));
        return events >= least * clients * messages && events <= clients * messages
            ? Measured.Of(1e6 * used[processes.First().Key] / events, events, used)
            : throw new InvalidOperationException($"{clients} readers were to get {messages} events each, and got {events} together");
    }
}
