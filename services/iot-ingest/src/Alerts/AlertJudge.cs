using System.Runtime.InteropServices;
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
    private readonly int[] _seen;
    private readonly HashSet<int> _withClocks = [];
    private readonly List<Reading> _newest = [];
    private readonly List<Alert> _opened = [];
    private readonly HashSet<Alert> _changed = [];

    private AlertJudge(int[] seen, Dictionary<int, (long, long)> latest, Dictionary<(int, AlertKind), Running> running)
    {
        (_seen, _latest, _running) = (seen, latest, running);

        foreach (var (space, _) in running.Keys)
        {
            _withClocks.Add(space);
        }
    }

    internal delegate string? TraceOf(in Reading reading);

    /// <summary>A clock that runs or has run in this batch, and the alert it has open.</summary>
    internal sealed class Running(AlertClock clock)
    {
        public AlertClock Clock { get; } = clock;

        public Alert? Alert { get; set; }

        public bool IsDirty { get; set; }
    }

    /// <param name="begin">What goes before in the same round trip.</param>
    /// <param name="readings">What is to be judged.</param>
    /// <param name="others">Keys of spaces that the batch touches beside these: locked in one go with them, or two batches could wait for one another.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<AlertJudge> LoadAsync(NpgsqlBatch begin, List<Reading> readings, IEnumerable<int> others, CancellationToken cancellationToken)
    {
        var seen = SpaceKeys(readings);
        var (latest, running) = await AlertStates.LoadAsync(begin, [.. seen.Union(others)], cancellationToken);
        return new AlertJudge(seen, latest, running);
    }

    /// <summary>The newest reading of each space before this batch.</summary>
    public IReadOnlyDictionary<int, (long At, long Digest)> Latest => _latest;

    /// <param name="readings">What was new, in key order: per space by device time.</param>
    /// <param name="spaces">The rules in force.</param>
    /// <param name="effects">Gets the messages and events of what opened and resolved.</param>
    /// <param name="traceOf">The trace that a reading brought.</param>
    public void Judge(List<Reading> readings, SpaceDirectory spaces, Effects effects, TraceOf traceOf)
    {
        EndSilence(effects);
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
                JudgeSpace(span[first..end], judgedUntil, space, effects, traceOf);
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
        AlertStates.AddWrites(batch, _newest, _seen, _opened, _changed.Except(_opened).ToList(), [.. _running.Where(entry => entry.Value.IsDirty)], now);

    /// <summary>Whatever has come, however old and though it be a copy: the sensor speaks.</summary>
    private void EndSilence(Effects effects)
    {
        if (_withClocks.Count == 0)
        {
            return;
        }

        foreach (var ((_, kind), running) in _running)
        {
            if (kind == AlertKind.SensorError)
            {
                running.IsDirty = true;
                Resolve(running, running.Clock.End(Micros.Of(effects.Now), AlertResolution.BackToNormal), effects);
            }
        }
    }

    private void JudgeSpace(ReadOnlySpan<Reading> readings, (long At, long Digest) judgedUntil, Space space, Effects effects, TraceOf traceOf)
    {
        var hasClocks = _withClocks.Contains(space.Key);

        foreach (ref readonly var reading in readings)
        {
            // Before the last judged one of its space, in the one order that all batches have: it has changed its window and changes no alert.
            if ((reading.At, reading.Digest).CompareTo(judgedUntil) < 0)
            {
                continue;
            }

            foreach (var kind in AlertKind.OfSamples)
            {
                var rule = space.Rules[kind];
                var verdict = Verdict.Of(rule, reading, space, isCalm: !hasClocks);

                // Most samples end here: only a breach starts a clock.
                if (verdict.Finding == Finding.Silent || (verdict.Finding != Finding.Breach && !(hasClocks && _running.ContainsKey((space.Key, kind)))))
                {
                    continue;
                }

                hasClocks = _withClocks.Add(space.Key) || hasClocks;
                effects.Cause = traceOf(reading);
                Advance(rule, reading, verdict, space, effects);
                effects.Cause = null;
            }
        }
    }

    private void Advance(AlertRule rule, in Reading reading, Verdict verdict, Space space, Effects effects)
    {
        ref var running = ref CollectionsMarshal.GetValueRefOrAddDefault(_running, (space.Key, rule.Kind), out _);
        running ??= new Running(new AlertClock(rule.Kind));
        running.IsDirty = true;
        var clock = running.Clock;
        var transition = clock.Judge(reading.At, verdict, rule, space.MaxGap);

        switch (transition.Kind)
        {
            case TransitionKind.Opened:
                running.Alert = Open(clock, rule, transition.At, reading, space, effects);
                break;
            case TransitionKind.Triggered when running.Alert is { } alert:
                alert.Triggered(reading.At, AlertMeta.Of(rule.Kind, reading, space, clock.Reason));
                _changed.Add(alert);
                break;
            case TransitionKind.Resolved:
                Resolve(running, transition, effects);
                break;
        }
    }

    private void Resolve(Running running, AlertTransition transition, Effects effects)
    {
        if (running.Alert is { } alert)
        {
            alert.Resolve(Micros.ToInstant(transition.At), transition.Because!);
            _changed.Add(alert);
            running.Alert = null;
            AlertNews.Resolved(alert, effects);
        }
    }

    private Alert Open(AlertClock clock, AlertRule rule, long startedAt, in Reading reading, Space space, Effects effects)
    {
        var alert = new Alert
        {
            Id = Guid.CreateVersion7(effects.Now),
            SpaceKey = space.Key,
            SpaceId = space.Id,
            LocationId = space.LocationId,
            Kind = clock.Kind.Name,
            Severity = rule.Severity,
            BreachedSince = Micros.ToInstant(clock.BreachedSince!.Value),
            StartedAt = Micros.ToInstant(startedAt),
            LastTriggeredAt = Micros.ToInstant(reading.At),
            Meta = AlertMeta.Of(clock.Kind, reading, space, clock.Reason),
            Version = 1,
            CreatedAt = effects.Now,
        };
        _opened.Add(alert);
        AlertNews.Opened(alert, effects);
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
