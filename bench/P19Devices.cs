using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P19, devices: ten times as many at the same message rate.</summary>
internal sealed class P19Devices
{
    private const int Locations = 16;

    private readonly Stage _stage;
    private readonly List<BenchSpace> _spaces;
    private readonly int _rate;
    private readonly int _seconds;
    private readonly DateTimeOffset _start;

    private P19Devices(Stage stage, List<BenchSpace> spaces, int rate, int seconds, int rounds)
    {
        (_stage, _spaces, _rate, _seconds) = (stage, spaces, rate, seconds);
        // The few send ten times as often: their device time runs on at the same pace.
        _start = TimeProvider.System.GetUtcNow().AddSeconds(-seconds * (rounds + 2));
    }

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var devices = options.Pick(500, 5000, 10_000);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, devices, cancellationToken);
        // A minute after the start each location gets its report of yesterday, of every space: once a day, and in one round of these.
        await Wait.UntilAsync(
            async () => await stage.CountAsync("select count(*) from iot.climate_reports", cancellationToken) >= Locations, TimeSpan.FromMinutes(2), "yesterday's reports are written", cancellationToken);
        var run = new P19Devices(stage, spaces, options.Pick(500, 5000, 5000), options.Pick(3, 12, 30), options.Rounds);
        var plan = new Plan
        {
            Id = "P19-devices",
            Title = "growth: ten times as many devices at the same rate",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {run._rate} messages per second for {run._seconds} s a round, from {devices} devices, from a third and from a tenth of them, which then send as much more often; {devices} spaces are known in all cases, and their reports of yesterday are written.
                CPU time of iot-ingest and PostgreSQL. The ratio is many devices : few devices.
                """),
            Unit = "µs of CPU per message",
            Goal = new Goal(1.3, 1.1, AtLeast: false),
            OursName = string.Create(CultureInfo.InvariantCulture, $"{devices} devices"),
            PeerName = string.Create(CultureInfo.InvariantCulture, $"{devices / 10} devices"),
        };
        // Whole multiples of the connections: a space's samples leave over one of them.
        return await Growth.RunAsync(
            plan, options, "devices", [devices / 10, devices / 150 * 50, devices], (size, round) => run.MeasureAsync((int)size, round, cancellationToken), cancellationToken);
    }

    private async Task<Measured> MeasureAsync(int devices, int round, CancellationToken cancellationToken)
    {
        await _stage.ExecuteAsync("truncate iot.readings, iot.windows", cancellationToken);
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
        var messages = (long)_rate * _seconds;
        var workload = new Workload(_spaces[..devices], _start, TimeSpan.FromSeconds((double)devices / _rate));
        var publisher = new Publisher(_stage.Servers.Mosquitto.Port, workload, connections: 50);
        var processes = new Dictionary<string, int>
        {
            ["iot-ingest"] = _stage.Platform.IotIngestProcess.Id,
            ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
            ["broker"] = _stage.Servers.Mosquitto.ProcessId,
            ["generator"] = Environment.ProcessId,
        };
        var before = CpuTime.Of(processes);
        var acknowledged = await publisher.RunAsync(round * messages, messages, _rate, CancellationToken.None, cancellationToken);
        var stored = 0L;

        for (var tries = 0; tries < 240 && (stored = await _stage.SamplesAsync(_start.AddMinutes(-1), cancellationToken)) < messages; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);
        }

        var used = CpuTime.Since(before, CpuTime.Of(processes));
        var rows = await _stage.CountAsync("select count(*) from iot.readings where at >= $1", cancellationToken, _start.AddMinutes(-1).UtcDateTime);

        if (acknowledged != messages || stored != messages || rows != messages)
        {
            throw new InvalidOperationException($"{messages} messages were sent, {acknowledged} acknowledged, {stored} counted in windows, {rows} rows stored");
        }

        return Measured.Of(1e6 * (used["iot-ingest"] + used["PostgreSQL"]) / messages, messages, used);
    }
}
