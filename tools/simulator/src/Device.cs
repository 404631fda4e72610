using Coworking.Mqtt;

namespace Coworking.Simulator;

/// <summary>
/// The firmware: samples every interval, first after one interval; takes its desired state and reports it 500 ms later; no will, no heartbeat.
/// </summary>
internal sealed class Device
{
    private static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(500);

    private readonly SimulatedSpace _space;
    private readonly SimulatorOptions _options;
    private readonly Line _line;
    private readonly Tally _tally;
    private readonly TimeProvider _clock;
    private readonly Room _room;
    private readonly Random _random;
    private readonly string _telemetry;
    private readonly List<PeriodicTimer> _timers = [];
    private readonly Lock _gate = new();
    private readonly CancellationToken _stopping;
    private readonly CancellationToken _abandoned;
    private Desired _desired;
    private TimeSpan _period;
    private DateTimeOffset _lastSample;
    private byte[]? _heldBack;

    /// <param name="space">Where it is.</param>
    /// <param name="index">Its number in the fleet.</param>
    /// <param name="options">The arguments.</param>
    /// <param name="line">Its connection.</param>
    /// <param name="tally">Where it counts.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="stopping">No further sample.</param>
    /// <param name="abandoned">No further waiting for answers.</param>
    public Device(
        SimulatedSpace space, int index, SimulatorOptions options, Line line, Tally tally, TimeProvider clock, CancellationToken stopping,
        CancellationToken abandoned)
    {
        (_space, _options, _line, _tally, _clock, _stopping) = (space, options, line, tally, clock, stopping);
        _abandoned = abandoned;
        var seed = unchecked((options.Seed * 7919) + index);
        _room = new Room(options.Scenario, space.Capacity, options.Zone, seed, space.IsCold);
        _random = new Random(seed);
        _telemetry = space.Topic("telemetry");
        _period = options.Interval;
        _desired = new Desired(Math.Max(1, (int)Math.Round(options.Interval.TotalSeconds)), 1000);

        if (!options.IsLoad)
        {
            line.Listen(space.Topic("desired"), TakeDesiredAsync);
        }
    }

    /// <summary>One timer of the firmware; after a reconnect it may run two.</summary>
    public async Task RunAsync(TimeSpan after)
    {
        await Task.Delay(after, _clock, _stopping);
        using var timer = new PeriodicTimer(_options.Interval, _clock);

        lock (_gate)
        {
            timer.Period = _period;
            _timers.Add(timer);
        }

        while (await timer.WaitForNextTickAsync(_stopping) && _tally.TryStart())
        {
            // Not awaited: a sample is due at its time, whether or not the broker has answered the last one.
            _ = SampleAsync();
        }
    }

    /// <summary>The next reading, to be called under the line's order: no two of a device have the same time.</summary>
    public Task SendNextAsync() => _line.SendAsync(_space, _telemetry, NextPayload(), _abandoned);

    private byte[] NextPayload()
    {
        var now = _clock.GetUtcNow();
        now = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        _lastSample = now > _lastSample ? now : _lastSample.AddMilliseconds(1);
        return Payload.Telemetry(_lastSample, _room.Next(_lastSample));
    }

    private async Task SampleAsync()
    {
        try
        {
            List<Task> sending = [];

            lock (_line.Order)
            {
                foreach (var payload in Disturb(NextPayload()))
                {
                    sending.Add(_line.SendAsync(_space, _telemetry, payload, _abandoned));
                }
            }

            await Task.WhenAll(sending);
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    /// <summary>What a bad line makes of a sample: lost, late, twice. Called under the line's order.</summary>
    private List<byte[]> Disturb(byte[] payload)
    {
        List<byte[]> sent = [payload];

        if (_options.Scenario == Scenario.Flaky)
        {
            switch (_random.Next(10))
            {
                case 0:
                    sent.Clear();
                    break;
                case 1 when _heldBack is null:
                    _heldBack = payload;
                    return [];
                case 2:
                    sent.Add(payload);
                    break;
                default:
                    break;
            }

            if (_heldBack is { } late)
            {
                sent.Add(late);
                _heldBack = null;
            }
        }

        return sent;
    }

    private ValueTask TakeDesiredAsync(MqttReceivedMessage message)
    {
        if (!Payload.TryReadDesired(message.Payload, _desired, out var desired))
        {
            _tally.CountError();
            return ValueTask.CompletedTask;
        }

        _desired = desired;

        lock (_gate)
        {
            _period = TimeSpan.FromSeconds(desired.SamplingIntervalSec);

            foreach (var timer in _timers)
            {
                timer.Period = _period;
            }
        }

        _ = ReportAsync(desired);
        return ValueTask.CompletedTask;
    }

    private async Task ReportAsync(Desired applied)
    {
        try
        {
            await Task.Delay(ReportDelay, _clock, _stopping);
            await _line.PublishAsync(_space.Topic("reported"), Payload.Reported(_clock.GetUtcNow(), applied), _stopping);
        }
        catch (Exception e) when (e is MqttException or OperationCanceledException)
        {
            // Said again with the next desired state.
        }
    }
}
