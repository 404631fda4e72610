using System.Runtime.InteropServices;
using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>Judges a batch: loads the states of its spaces under lock, runs the clocks over what was new, and knows what to write back.</summary>
internal sealed class AlertJudge
{
    private readonly Dictionary<(int Space, AlertKind Kind), Running> _running;
    private readonly Dictionary<int, (long At, long Digest)> _latest;
    private readonly List<Reading> _newest = [];
    private readonly List<Alert> _opened = [];
    private readonly HashSet<Alert> _changed = [];

    private AlertJudge(Dictionary<int, (long, long)> latest, Dictionary<(int, AlertKind), Running> running) => (_latest, _running) = (latest, running);

    /// <summary>A clock that runs or has run in this batch, and the alert it has open.</summary>
    internal sealed class Running(AlertClock clock)
    {
        public AlertClock Clock { get; } = clock;

        public Alert? Alert { get; set; }

        public bool IsDirty { get; set; }
    }

    /// <param name="begin">What goes before in the same round trip.</param>
    /// <param name="readings">What is to be judged.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<AlertJudge> LoadAsync(NpgsqlBatch begin, List<Reading> readings, CancellationToken cancellationToken)
    {
        var (latest, running) = await AlertStates.LoadAsync(begin, SpaceKeys(readings), cancellationToken);
        return new AlertJudge(latest, running);
    }

    /// <param name="readings">What was new, in key order: per space by device time.</param>
    /// <param name="spaces">The rules in force.</param>
    /// <param name="effects">Gets the messages and events of what opened and resolved.</param>
    public void Judge(List<Reading> readings, SpaceDirectory spaces, Effects effects)
    {
        var span = CollectionsMarshal.AsSpan(readings);

        for (var first = 0; first < span.Length;)
        {
            var key = span[first].SpaceKey;
            var end = first + 1;

            while (end < span.Length && span[end].SpaceKey == key)
            {
                end++;
            }

            var judgedUntil = _latest.TryGetValue(key, out var latest) ? latest : (At: long.MinValue, Digest: long.MinValue);

            // A space that was removed a moment ago keeps its readings and is judged no more.
            if (spaces.TryGet(key, out var space))
            {
                JudgeSpace(span[first..end], judgedUntil.At, space, effects);
            }

            if ((span[end - 1].At, span[end - 1].Digest).CompareTo(judgedUntil) > 0)
            {
                _newest.Add(span[end - 1]);
                effects.Touch(key);
            }

            first = end;
        }
    }

    public void AddWrites(NpgsqlBatch batch, DateTimeOffset now) =>
        AlertStates.AddWrites(batch, _newest, _opened, _changed.Except(_opened).ToList(), [.. _running.Where(entry => entry.Value.IsDirty)], now);

    private void JudgeSpace(ReadOnlySpan<Reading> readings, long judgedUntil, Space space, Effects effects)
    {
        foreach (ref readonly var reading in readings)
        {
            // Older than the last judged one of its space: it has changed its window and changes no alert.
            if (reading.At < judgedUntil)
            {
                continue;
            }

            foreach (var kind in AlertKind.All)
            {
                var verdict = Verdict.Of(kind, reading, space);

                if (verdict.Finding == Finding.Silent || (verdict.Finding == Finding.Clear && !_running.ContainsKey((space.Key, kind))))
                {
                    continue;
                }

                Advance(kind, reading, verdict, space, effects);
            }
        }
    }

    private void Advance(AlertKind kind, in Reading reading, Verdict verdict, Space space, Effects effects)
    {
        ref var running = ref CollectionsMarshal.GetValueRefOrAddDefault(_running, (space.Key, kind), out _);
        running ??= new Running(new AlertClock(kind));
        running.IsDirty = true;
        var clock = running.Clock;
        var transition = clock.Judge(reading.At, verdict, space.MaxGap);

        switch (transition.Kind)
        {
            case TransitionKind.Opened:
                running.Alert = Open(clock, transition.At, reading, space, effects);
                break;
            case TransitionKind.Triggered when running.Alert is { } alert:
                alert.Triggered(reading.At, AlertMeta.Of(kind, reading, space, clock.Reason));
                _changed.Add(alert);
                break;
            case TransitionKind.Resolved when running.Alert is { } alert:
                alert.Resolve(transition.At, transition.Because!);
                _changed.Add(alert);
                running.Alert = null;
                var id = Guid.CreateVersion7(effects.Now);
                effects.Say(id, new AlertResolved(id, effects.Now, alert.Version, alert.Facts(), transition.Because!, Note: null));
                effects.Show("alert", alert.SpaceId, alert.LocationId, AlertEvent.Of("resolved", alert));
                break;
        }
    }

    private Alert Open(AlertClock clock, long startedAt, in Reading reading, Space space, Effects effects)
    {
        var alert = new Alert
        {
            Id = Guid.CreateVersion7(effects.Now),
            SpaceKey = space.Key,
            SpaceId = space.Id,
            LocationId = space.LocationId,
            Kind = clock.Kind.Name,
            Severity = clock.Kind.Severity,
            BreachedSince = Micros.ToInstant(clock.BreachedSince!.Value),
            StartedAt = Micros.ToInstant(startedAt),
            LastTriggeredAt = Micros.ToInstant(reading.At),
            Meta = AlertMeta.Of(clock.Kind, reading, space, clock.Reason),
            Version = 1,
            CreatedAt = effects.Now,
        };
        _opened.Add(alert);
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, new AlertOpened(id, effects.Now, alert.Version, alert.Facts()));
        effects.Show("alert", alert.SpaceId, alert.LocationId, AlertEvent.Of("opened", alert));
        return alert;
    }

    public static int[] SpaceKeys(List<Reading> readings)
    {
        var keys = new List<int>();

        foreach (ref readonly var reading in CollectionsMarshal.AsSpan(readings))
        {
            if (keys.Count == 0 || keys[^1] != reading.SpaceKey)
            {
                keys.Add(reading.SpaceKey);
            }
        }

        return [.. keys];
    }
}
