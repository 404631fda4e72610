using Coworking.Bench;

namespace Coworking.Faults;

/// <summary>
/// Devices that send at a steady rate while something breaks: what they sent, and when it is there again. Their time began a day ago and runs by 5 s a sample, faster than ours: minutes
/// are enough for alerts to open and close.
/// </summary>
internal sealed class WatchedFleet : IAsyncDisposable
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);

    private readonly Stage _stage;
    private readonly Workload _workload;
    private readonly Devices _devices;

    private WatchedFleet(Stage stage, DateTimeOffset start, Workload workload, Recovery recovery, Devices devices) =>
        (_stage, Start, _workload, Recovery, _devices) = (stage, start, workload, recovery, devices);

    /// <summary>The first sample's time.</summary>
    public DateTimeOffset Start { get; }

    public Recovery Recovery { get; }

    public long Sent => _devices.Sent;

    /// <summary>Begins, and waits until every space has been heard.</summary>
    /// <param name="stage">Where what they send is looked for.</param>
    /// <param name="spaces">One for each device.</param>
    /// <param name="rate">Messages per second of all together.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="port">Where they publish; null: at the stage's broker.</param>
    public static async Task<WatchedFleet> StartAsync(Stage stage, IReadOnlyList<BenchSpace> spaces, int rate, CancellationToken cancellationToken, int? port = null)
    {
        var start = TimeProvider.System.GetUtcNow().AddHours(-24);
        var workload = new Workload(spaces, start, Spacing);
        var recovery = await Recovery.OfAsync(stage, spaces, cancellationToken);
        var fleet = new WatchedFleet(stage, start, workload, recovery, await Devices.StartAsync(port ?? stage.Servers.Mosquitto.Port, workload, rate, cancellationToken));

        try
        {
            await recovery.AllSinceAsync(start.AddSeconds(-1).UtcDateTime, cancellationToken);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Samples that are counted so far.</summary>
    public Task<long> CountedAsync(CancellationToken cancellationToken) => _stage.SamplesAsync(Start.AddMinutes(-1), cancellationToken);

    /// <summary>Stops sending, waits for the last and counts.</summary>
    public async Task<Verdict> VerdictAsync(CancellationToken cancellationToken)
    {
        var ledger = new Ledger();
        ledger.Add(_workload, await _devices.StopAsync());
        return await Verdict.OfAsync(_stage, _workload.Spaces, ledger, Start.AddMinutes(-1), cancellationToken);
    }

    public ValueTask DisposeAsync() => _devices.DisposeAsync();
}
