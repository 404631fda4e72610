using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>GETs at a fixed rate, by a small program in C: a generator that collects garbage would measure its own pauses.</summary>
internal static class Paced
{
    private const int Connections = 32;

    /// <summary>Microseconds from the moment at which a request was due.</summary>
    internal sealed record Latencies(double P50, double P99, double P999);

    /// <returns>The path of the program.</returns>
    public static async Task<string> CompileAsync(CancellationToken cancellationToken)
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, ".local", "bench")).FullName, "paced");
        await Peer.RunAsync("gcc", ["-O2", "-o", program, Path.Combine(Repository.Root, "bench", "peers", "c", "paced.c")], TimeSpan.FromSeconds(60), cancellationToken);
        return program;
    }

    public static async Task<Latencies> RunAsync(string program, Proxy proxy, string key, int rate, int seconds, CancellationToken cancellationToken)
    {
        string[] words = [Text(proxy.Address.Port), Upstream.Path, key, Text(Connections), Text(rate), Text(seconds)];
        await using var load = await Peer.StartAsync(program, words, new Dictionary<string, string?>(), cancellationToken);
        await load.SaysAsync("end", TimeSpan.FromSeconds(seconds + 20), cancellationToken);
        var said = load.Said().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        double After(string word) => double.Parse(said[Array.IndexOf(said, word) + 1], CultureInfo.InvariantCulture);

        if (After("bad") > 0 || After("answered") != (double)rate * seconds)
        {
            throw new InvalidOperationException($"Not every answer was good: {load.Said()}");
        }

        return new Latencies(After("p50"), After("p99"), After("p999"));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
