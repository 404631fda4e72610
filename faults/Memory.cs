using System.Globalization;

namespace Coworking.Faults;

/// <summary>Resident memory of processes, looked at each second.</summary>
internal sealed class Memory : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<(string Name, int Id)>> _processes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, List<(double Minute, double MiB)>> _seen = [];
    private readonly Task _running;

    /// <param name="processes">Asked each time: a process may be another one by then.</param>
    public Memory(Func<IEnumerable<(string Name, int Id)>> processes)
    {
        _processes = processes;
        _running = RunAsync();
    }

    public static double ResidentMiB(int process) => double.Parse(
        File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>MiB a minute, by least squares, once the first minute or half of the time is over: until then a process only becomes as large as any load makes it.</summary>
    public async Task<Dictionary<string, double>> GrowthAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _seen.ToDictionary(one => one.Key, one => Slope([.. one.Value.Where(at => at.Minute >= Math.Min(1, one.Value[^1].Minute / 2))]));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        for (var second = 0; !_stop.IsCancellationRequested; second++)
        {
            foreach (var (name, id) in _processes().Where(process => Directory.Exists($"/proc/{process.Id}")))
            {
                _seen.TryAdd(name, []);
                _seen[name].Add((second / 60.0, ResidentMiB(id)));
            }

            await Task.Delay(Every, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static double Slope(List<(double Minute, double MiB)> seen)
    {
        if (seen.Count < 2)
        {
            return 0;
        }

        var (minute, size) = (seen.Average(at => at.Minute), seen.Average(at => at.MiB));
        return seen.Sum(at => (at.Minute - minute) * (at.MiB - size)) / seen.Sum(at => (at.Minute - minute) * (at.Minute - minute));
    }
}
