using System.Globalization;
using System.Text.Json;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>tools/simulator as a process.</summary>
internal static class Simulator
{
    /// <summary>The spaces that its devices of this seed will speak for.</summary>
    public static async Task<List<BenchSpace>> SpacesAsync(int sites, int devices, int seed, string folder, CancellationToken cancellationToken)
    {
        var log = Path.Combine(folder, "spaces.jsonl");
        await using var process = await RunAsync(log, [.. Fleet(sites, devices, seed), "--print-spaces"], cancellationToken);

        if (await process.WaitForExitAsync(cancellationToken) != 0)
        {
            throw new InvalidOperationException(process.LogTail());
        }

        return [.. File.ReadLines(log).Where(line => line.StartsWith('{')).Select(Read)];

        static BenchSpace Read(string line)
        {
            using var json = JsonDocument.Parse(line);
            return new BenchSpace(json.RootElement.GetProperty("locationId").GetGuid(), json.RootElement.GetProperty("spaceId").GetGuid());
        }
    }

    /// <summary>A message a second and device, for so many seconds; by number, so that the last one is acknowledged before it ends.</summary>
    public static Task<ChildProcess> StartAsync(int port, int sites, int devices, int seconds, int seed, string ledger, string folder, CancellationToken cancellationToken) => RunAsync(
        Path.Combine(folder, "simulator.log"),
        [
            .. Fleet(sites, devices, seed), "--broker", $"127.0.0.1:{Text(port)}", "--interval", "1", "--qos", "1", "--connections", "50", "--count", Text(devices * seconds),
            "--duration", Text((2 * seconds) + 30), "--ledger", ledger,
        ],
        cancellationToken);

    private static string[] Fleet(int sites, int devices, int seed) => ["--sites", Text(sites), "--devices", Text(devices), "--seed", Text(seed)];

    private static Task<ChildProcess> RunAsync(string log, string[] words, CancellationToken cancellationToken)
    {
        // Built with this program, in the same configuration.
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        var dll = Path.Combine(Repository.Root, "tools/simulator/src/bin", configuration, "net10.0", "Coworking.Simulator.dll");
        return ChildProcess.StartAsync(new ChildProcessOptions("dotnet", [dll, .. words]) { Name = "simulator", LogFile = log }, cancellationToken);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
