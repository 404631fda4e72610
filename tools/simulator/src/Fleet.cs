using System.Globalization;
using Coworking.Mqtt;

namespace Coworking.Simulator;

/// <summary>All devices of a run, spread over their lines.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <summary>How long the last acknowledgements are waited for when a run has sent what it should.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long they are waited for when a run is cut short.</summary>
    private static readonly TimeSpan AbandonLimit = TimeSpan.FromSeconds(0.7);

    private readonly SimulatorOptions _options;
    private readonly Tally _tally;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Line[] _lines;
    private readonly Device[][] _devices;

    public Fleet(SimulatorOptions options, Tally tally, Ledger? ledger, TimeProvider clock)
    {
        (_options, _tally, _clock) = (options, tally, clock);
        _lines = [.. Enumerable.Range(0, Math.Min(options.Connections, options.Spaces.Count)).Select(i => new Line(Connection(i), options, tally, ledger))];
        _devices =
        [
            .. options.Spaces
                .Select((space, i) => (Line: i % _lines.Length, Device: new Device(space, i, options, _lines[i % _lines.Length], tally, clock, _stop.Token, _abandon.Token)))
                .GroupBy(one => one.Line, one => one.Device)
                .Select(devices => devices.ToArray()),
        ];
    }

    /// <summary>Runs until cancelled or until every reading that was asked for is sent and answered.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() =>
        {
            _stop.Cancel();
            _abandon.CancelAfter(AbandonLimit);
        });
        var running = _lines.Select((line, i) => RunLineAsync(line, _devices[i], new Random(unchecked((_options.Seed * 104_729) + i)))).ToArray();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DrainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _abandon.CancelAsync();
        await Task.WhenAll(_lines.Select(line => line.DisposeAsync().AsTask()));
        _stop.Dispose();
        _abandon.Dispose();
    }

    private async Task RunLineAsync(Line line, Device[] devices, Random random)
    {
        await line.OpenAsync(_stop.Token);

        if (_options.IsLoad)
        {
            await Task.WhenAll(Enumerable.Range(0, _options.InFlight).Select(i => PublishAsFastAsPossibleAsync(line, devices, i)));
            return;
        }

        var timers = devices.Select(device => device.RunAsync(_options.Staggered ? _options.Interval * random.NextDouble() : TimeSpan.Zero));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var cutting = _options.Scenario == Scenario.Flaky ? CutNowAndThenAsync(line, devices, random, over.Token) : Task.CompletedTask;
        await Task.WhenAll(timers);
        await over.CancelAsync();
        await cutting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PublishAsFastAsPossibleAsync(Line line, Device[] devices, int next)
    {
        while (!_stop.IsCancellationRequested && _tally.TryStart())
        {
            Task sending;

            lock (line.Order)
            {
                sending = devices[next++ % devices.Length].SendNextAsync();
            }

            await sending;
        }
    }

    private async Task CutNowAndThenAsync(Line line, Device[] devices, Random random, CancellationToken cancellationToken)
    {
        for (var first = true; ; first = false)
        {
            await Task.Delay(_options.Interval * (5 + random.Next(20)), _clock, cancellationToken);
            await line.CutAsync(_options.Interval * random.NextDouble() * 2, cancellationToken);

            if (first)
            {
                // The firmware's flaw: a timer more after a reconnect. Ends with the run.
                _ = Task.WhenAll(devices.Select(device => device.RunAsync(_options.Interval * random.NextDouble())));
            }
        }
    }

    private async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(DrainLimit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _abandon.Token);

        while (_options.Level != MqttQualityOfServiceLevel.AtMostOnce && _tally.Acknowledged + _tally.Errors < _tally.Sent && !either.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _clock, CancellationToken.None);
        }
    }

    private MqttClientOptions Connection(int index) => new()
    {
        Host = _options.Host,
        Port = _options.Port,
        Username = _options.Username,
        Password = _options.Password,
        ClientId = _options.ClientId ?? string.Create(CultureInfo.InvariantCulture, $"simulator-{Environment.ProcessId}-{index}"),
        TimeProvider = _clock,
    };
}
