using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Rollups;

/// <summary>
/// How pieces (minute windows, hours, days) merge into buckets: sums and counts add, minima and maxima compare, averages are never kept.
/// Expected samples add too; a stretch of a bucket without a piece expects as many as the nearest earlier piece of that bucket says (before the first: as that one says).
/// So what did not come lowers coverage, and a bucket depends on nothing outside itself.
/// </summary>
internal static class RollupSql
{
    /// <summary>The columns of metrics, in the order of <see cref="Metric.All"/>: sum, count, min, max.</summary>
    public static readonly string MetricColumns = PerMetric(n => $"{n}_sum, {n}_count, {n}_min, {n}_max");

    private static readonly string Kept = $"sample_count, expected_millionths, sampling_interval_sec, {MetricColumns}";

    public static readonly string WindowPiece =
        $"w.window_start as at, interval '1 minute' as length, w.sample_count, 60000000 / w.sampling_interval_sec as expected_millionths, w.sampling_interval_sec, {Of("w")}";

    private static readonly string HourPiece =
        $"h.hour as at, interval '1 hour' as length, h.sample_count, h.expected_millionths, h.sampling_interval_sec, {Of("h")}";

    /// <summary>
    /// One space's buckets. $1 its key, $2 the starts of the buckets and the end of the last, $3 now (nothing is expected after it),
    /// $4 and $5 days that are read as days ($4 being that of the first bucket), $6 and $7 hours, $8 to $11 two stretches of windows; from inclusive, until exclusive.
    /// </summary>
    public static readonly string Series = Merge($"""
        select $1::int as space_key, b.n as bucket, ($2::timestamptz[])[b.n] as bucket_from, least(($2::timestamptz[])[b.n + 1], $3::timestamptz) as bucket_until, p.*
        from (
            select ($2::timestamptz[])[d.day - $4::date + 1] as at, ($2::timestamptz[])[d.day - $4::date + 2] - ($2::timestamptz[])[d.day - $4::date + 1] as length,
                d.sample_count, d.expected_millionths, d.sampling_interval_sec, {Of("d")}
            from days d where d.space_key = $1 and d.day >= $4::date and d.day < $5::date
            union all
            select {HourPiece} from hours h where h.space_key = $1 and h.hour >= $6::timestamptz and h.hour < $7::timestamptz
            union all
            select {WindowPiece} from windows w where w.space_key = $1 and w.window_start >= $8::timestamptz and w.window_start < $9::timestamptz
            union all
            select {WindowPiece} from windows w where w.space_key = $1 and w.window_start >= $10::timestamptz and w.window_start < $11::timestamptz) p
        cross join lateral (select width_bucket(p.at, $2::timestamptz[]) as n) b
        """) + " order by bucket";

    /// <param name="pieces">Rows of space_key, bucket, bucket_from, bucket_until and a piece.</param>
    public static string Merge(string pieces) => $"""
        select space_key, bucket, sum(sample_count)::int as sample_count,
            (sum(expected_millionths) + sum(gap_sec * 1000000 / sampling_interval_sec))::bigint as expected_millionths,
            max(sampling_interval_sec) filter (where is_last) as sampling_interval_sec,
            {PerMetric(n => $"sum({n}_sum)::bigint as {n}_sum, sum({n}_count)::int as {n}_count, min({n}_min) as {n}_min, max({n}_max) as {n}_max")}
        from (
            select p.*, lead(at) over beside is null as is_last,
                extract(epoch from coalesce(lead(at) over beside, bucket_until) - at - length
                    + case when lag(at) over beside is null then at - bucket_from else interval '0' end) as gap_sec
            from ({pieces}) p window beside as (partition by space_key, bucket order by at)) q
        group by space_key, bucket
        """;

    /// <summary>Writes hours from their windows.</summary>
    /// <param name="hours">Rows of space_key and hour.</param>
    public static string WriteHours(string hours) => $"""
        insert into hours (space_key, hour, {Kept})
        {Merge($"""
            select d.space_key, d.hour as bucket, d.hour as bucket_from, d.hour + interval '1 hour' as bucket_until, {WindowPiece}
            from ({hours}) d join windows w on w.space_key = d.space_key and w.window_start >= d.hour and w.window_start < d.hour + interval '1 hour'
            """)}
        on conflict (space_key, hour) do update set ({Kept}) = row({Excluded()})
        """;

    /// <summary>Writes local days from their hours; where a day begins or ends within an hour (zones at half hours), from the windows of that hour.</summary>
    /// <param name="days">Rows of space_key, day, day_from and day_until.</param>
    public static string WriteDays(string days)
    {
        const string Bucket = "d.space_key, d.day as bucket, d.day_from as bucket_from, d.day_until as bucket_until";
        return $"""
            with d as materialized ({days})
            insert into days (space_key, day, {Kept})
            {Merge($"""
                select {Bucket}, {HourPiece} from d join hours h on h.space_key = d.space_key and h.hour >= d.day_from and h.hour <= d.day_until - interval '1 hour'
                union all
                select {Bucket}, {WindowPiece} from d join windows w on w.space_key = d.space_key
                    and w.window_start >= d.day_from and w.window_start < date_bin('1 hour', d.day_from + interval '1 hour' - interval '1 microsecond', timestamptz 'epoch')
                union all
                select {Bucket}, {WindowPiece} from d join windows w on w.space_key = d.space_key
                    and w.window_start >= date_bin('1 hour', d.day_until, timestamptz 'epoch') and w.window_start < d.day_until
                """)}
            on conflict (space_key, day) do update set ({Kept}) = row({Excluded()})
            """;
    }

    private static string Of(string table) => PerMetric(n => $"{table}.{n}_sum, {table}.{n}_count, {table}.{n}_min, {table}.{n}_max");

    private static string Excluded() => string.Join(", ", Kept.Split(", ").Select(column => "excluded." + column));

    private static string PerMetric(Func<string, string> columns) => string.Join(", ", Metric.All.Select(metric => columns(metric.Wire)));
}
