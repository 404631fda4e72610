using System.Buffers.Binary;
using System.Numerics;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Rollups;

/// <summary>
/// The buckets of five minutes of an hour, packed into one value: per bucket its number, its samples, those expected in millionths, the sampling interval
/// at its end, a bit per metric that is there, and of each such metric sum, count, minimum and maximum; big-endian, as PostgreSQL sends integers.
/// </summary>
internal static class FiveMinutes
{
    public const long Length = 5 * Micros.PerMinute;
    public const int HeadBytes = 20;
    public const int MetricBytes = 20;

    private static readonly string Packed =
        "int2send((extract(minute from bucket at time zone 'UTC')::int / 5)::int2) || int4send(sample_count) || int8send(expected_millionths) || int4send(sampling_interval_sec) || int2send(("
        + string.Join(" | ", Metric.All.Select((metric, i) => $"(case when {metric.Wire}_count > 0 then {1 << i} else 0 end)")) + ")::int2) || "
        + string.Join(" || ", Metric.All.Select(metric => metric.Wire).Select(n =>
            $"(case when {n}_count > 0 then int8send({n}_sum) || int4send({n}_count) || int4send({n}_min) || int4send({n}_max) else ''::bytea end)"));

    /// <summary>Writes those of hours from their windows.</summary>
    /// <param name="hours">Rows of space_key and hour.</param>
    public static string Write(string hours) => $"""
        insert into five_minutes (space_key, hour, sample_count, pieces)
        select space_key, date_bin('1 hour', bucket, timestamptz 'epoch'), sum(sample_count)::int, string_agg({Packed}, ''::bytea order by bucket)
        from ({RollupSql.Merge($"""
            select d.space_key, b.start as bucket, b.start as bucket_from, b.start + interval '5 minutes' as bucket_until, {RollupSql.WindowPiece}
            from ({hours}) d join windows w on w.space_key = d.space_key and w.window_start >= d.hour and w.window_start < d.hour + interval '1 hour'
            cross join lateral (select date_bin('5 minutes', w.window_start, timestamptz 'epoch') as start) b
            """)}) m
        group by 1, 2
        on conflict (space_key, hour) do update set sample_count = excluded.sample_count, pieces = excluded.pieces
        """;
}

/// <summary>A stretch of a space's time with what came in it; its metrics are apart.</summary>
/// <param name="At">Micros.</param>
/// <param name="Length">Micros.</param>
/// <param name="Samples">That came.</param>
/// <param name="Expected">That would have come.</param>
/// <param name="IntervalSec">In force at its end.</param>
internal readonly record struct Piece(long At, long Length, int Samples, double Expected, int IntervalSec);

/// <summary>Reads the buckets of an hour one after the other.</summary>
/// <param name="pieces">As they are kept.</param>
/// <param name="hour">Where the hour begins, micros.</param>
internal ref struct FiveMinutesReader(ReadOnlySpan<byte> pieces, long hour)
{
    private ReadOnlySpan<byte> _metrics;
    private ReadOnlySpan<byte> _rest = pieces;
    private int _present;

    public Piece Current { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Current = new Piece(
            hour + (BinaryPrimitives.ReadInt16BigEndian(_rest) * FiveMinutes.Length),
            FiveMinutes.Length,
            BinaryPrimitives.ReadInt32BigEndian(_rest[2..]),
            BinaryPrimitives.ReadInt64BigEndian(_rest[6..]) / 1_000_000d,
            BinaryPrimitives.ReadInt32BigEndian(_rest[14..]));
        _present = BinaryPrimitives.ReadInt16BigEndian(_rest[18..]);
        _metrics = _rest.Slice(FiveMinutes.HeadBytes, FiveMinutes.MetricBytes * BitOperations.PopCount((uint)_present));
        _rest = _rest[(FiveMinutes.HeadBytes + _metrics.Length)..];
        return true;
    }

    public readonly void AddTo(MetricSums sums)
    {
        var kept = _metrics;

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            if ((_present & (1 << metric)) != 0)
            {
                sums.Add(
                    metric,
                    BinaryPrimitives.ReadInt64BigEndian(kept),
                    BinaryPrimitives.ReadInt32BigEndian(kept[8..]),
                    BinaryPrimitives.ReadInt32BigEndian(kept[12..]),
                    BinaryPrimitives.ReadInt32BigEndian(kept[16..]));
                kept = kept[FiveMinutes.MetricBytes..];
            }
        }
    }
}

/// <summary>Sums, counts, minima and maxima of the metrics of a bucket that is being gathered.</summary>
internal sealed class MetricSums
{
    private readonly (long Sum, long Count, int Min, int Max)[] _metrics = new (long, long, int, int)[Metric.Count];

    public (long Sum, long Count, int Min, int Max) this[int metric] => _metrics[metric];

    public void Add(int metric, long sum, int count, int min, int max)
    {
        ref var known = ref _metrics[metric];
        known = known.Count == 0
            ? (sum, count, min, max)
            : (known.Sum + sum, known.Count + count, Math.Min(known.Min, min), Math.Max(known.Max, max));
    }

    public void Clear() => Array.Clear(_metrics);
}
