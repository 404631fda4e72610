using System.Runtime.InteropServices;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Occupancy;

/// <summary>
/// Judges the occupancy of spaces in the batch's transaction, under the locks that it holds on their states. Clocks stay in memory between batches, so that a
/// steady space costs neither a read nor a write; a clock is trusted only while the newest reading of its space is the one that it has judged last.
/// </summary>
internal sealed class OccupancyJudge
{
    // What others may have changed meanwhile (a watch that found the sensors stale) is seen after this long at the latest; it takes silence of two minutes.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(30);

    // A quarter of the shortest silence that makes a sensor stale.
    private const long NoteEvery = 30 * Micros.PerSecond;

    private readonly Dictionary<int, OccupancyEntry> _entries = [];
    private readonly List<OccupancyEntry> _changed = [];
    private readonly List<(int First, int End, Space Space)> _runs = [];

    /// <param name="connection">With the batch's transaction, its readings copied.</param>
    /// <param name="readings">What was new, in key order.</param>
    /// <param name="judgedUntil">The newest reading of each space before this batch.</param>
    /// <param name="spaces">How often samples are expected.</param>
    /// <param name="effects">Gets the messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AdvanceAsync(
        NpgsqlConnection connection,
        List<Reading> readings,
        IReadOnlyDictionary<int, (long At, long Digest)> judgedUntil,
        SpaceDirectory spaces,
        Effects effects,
        CancellationToken cancellationToken)
    {
        _changed.Clear();
        var unknown = FindRuns(readings, judgedUntil, spaces, effects.Now);

        if (unknown.Count > 0)
        {
            foreach (var entry in await OccupancyStates.LoadAsync(connection, unknown, effects.Now, cancellationToken))
            {
                _entries[entry.SpaceKey] = entry;
            }
        }

        foreach (var (first, end, space) in _runs)
        {
            Judge(CollectionsMarshal.AsSpan(readings)[first..end], _entries[space.Key], space, effects);
        }

        if (_changed.Count > 0 && !await OccupancyStates.WriteAsync(connection, _changed, cancellationToken))
        {
            _changed.ForEach(entry => _entries.Remove(entry.SpaceKey));
            throw new IOException("what was known of a space's occupancy is no longer so; it is read anew");
        }
    }

    /// <summary>Finds the samples that are newer than what was judged, and the spaces whose clocks must be read.</summary>
    private List<(int Key, long At, long Digest, long MaxGap)> FindRuns(
        List<Reading> readings, IReadOnlyDictionary<int, (long At, long Digest)> judgedUntil, SpaceDirectory spaces, DateTimeOffset now)
    {
        _runs.Clear();
        var unknown = new List<(int, long, long, long)>();
        var span = CollectionsMarshal.AsSpan(readings);

        for (int first = 0, end; first < span.Length; first = end)
        {
            var key = span[first].SpaceKey;
            var until = judgedUntil.TryGetValue(key, out var latest) ? latest : (At: long.MinValue, Digest: long.MinValue);
            var counts = false;
            var newest = first;

            for (end = first; end < span.Length && span[end].SpaceKey == key; end++)
            {
                if ((span[end].At, span[end].Digest).CompareTo(until) <= 0)
                {
                    newest = end + 1;
                }
                else
                {
                    counts |= span[end].Has(Metric.Occupancy);
                }
            }

            var isTrusted = _entries.TryGetValue(key, out var entry) && entry.Judged == until && now - entry.ReadAt < Trust;

            // A space that was removed a moment ago is judged no more; one whose sensors count nobody needs no clock.
            if (newest < end && (counts || isTrusted) && spaces.TryGet(key, out var space))
            {
                _runs.Add((newest, end, space));

                if (!isTrusted)
                {
                    unknown.Add((key, until.At, until.Digest, space.MaxGap));
                }
            }
        }

        return unknown;
    }

    private void Judge(ReadOnlySpan<Reading> readings, OccupancyEntry entry, Space space, Effects effects)
    {
        var now = Micros.Of(effects.Now);
        var clock = entry.Clock;
        var before = (entry.Said.Version, clock.Dwelling);

        foreach (ref readonly var reading in readings)
        {
            if (!reading.Has(Metric.Occupancy))
            {
                continue;
            }

            // Late is no evidence of now, and a clock that runs ahead would vouch for a time that has not come.
            var isPresent = Math.Abs(now - reading.At) <= space.MaxGap;

            if (clock.Judge(reading.At, reading.Values[Metric.Occupancy], isPresent, space.MaxGap) is { } change)
            {
                entry.Said = entry.Said.Changed(change, reading.At, effects.Now);
                var id = Guid.CreateVersion7(effects.Now);
                effects.Say(id, entry.Said.Message(id, effects.Now, space.Id, space.LocationId));
            }
        }

        entry.Judged = (readings[^1].At, readings[^1].Digest);

        // Where another device spoke last, its reading does not show when people were counted: that is noted now and then.
        var isHidden = clock.State != OccupancyState.Unknown && !readings[^1].Has(Metric.Occupancy) && clock.LastAt - entry.NotedAt >= NoteEvery;

        if (isHidden)
        {
            entry.Said = entry.Said with { Evidence = entry.Said.Evidence with { LastSampleAt = Micros.ToInstant(clock.LastAt!.Value) } };
        }

        if (isHidden || before != (entry.Said.Version, clock.Dwelling))
        {
            _changed.Add(entry);
        }
    }
}

/// <summary>A clock, what was said by it, and how far it has come.</summary>
internal sealed class OccupancyEntry(int spaceKey, OccupancyClock clock, SpaceOccupancy said)
{
    public int SpaceKey { get; } = spaceKey;

    public OccupancyClock Clock { get; } = clock;

    public SpaceOccupancy Said { get; set; } = said;

    /// <summary>The version in the table; null where there is no row.</summary>
    public long? StoredVersion { get; set; }

    /// <summary>The newest sample that the table speaks of.</summary>
    public long NotedAt => Said.Evidence.LastSampleAt is { } at ? Micros.Of(at) : 0;

    /// <summary>The newest reading that it has judged.</summary>
    public (long At, long Digest) Judged { get; set; }

    /// <summary>When it was read from the tables.</summary>
    public DateTimeOffset ReadAt { get; init; }
}
