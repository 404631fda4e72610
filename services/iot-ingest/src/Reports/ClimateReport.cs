using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Windows;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Reports;

/// <summary>The climate of one space by local days; days that have not begun are left out.</summary>
internal sealed record ClimateReport(Guid SpaceId, string Name, string Timezone, IReadOnlyList<ClimateDay> Days)
{
    // Whole minutes are judged: a minute in which one sample was outside counts as outside. By the limits in force when the report is made.
    // The limits are materialized, or their JSON would be read again for every minute.
    private const string Shares = """
        with l as materialized (
            select ceil((s.climate->>'tempMin')::numeric * $3)::int as temp_min, floor((s.climate->>'tempMax')::numeric * $3)::int as temp_max,
                coalesce(t.desired_co2_threshold, $4) * $5 as co2_max, s.capacity as occupancy_max
            from spaces s left join twins t on t.space_id = s.id where s.key = $1)
        select width_bucket(w.window_start, $2::timestamptz[]) - 1 as day,
            count(*) filter (where w.temp_c_count > 0 and w.temp_c_min >= coalesce(l.temp_min, w.temp_c_min) and w.temp_c_max <= coalesce(l.temp_max, w.temp_c_max))::float8
                / nullif(count(*) filter (where w.temp_c_count > 0 and (l.temp_min is not null or l.temp_max is not null)), 0),
            count(*) filter (where w.co2_ppm_max <= l.co2_max)::float8 / nullif(count(*) filter (where w.co2_ppm_count > 0), 0),
            count(*) filter (where w.occupancy_max <= l.occupancy_max)::float8 / nullif(count(*) filter (where w.occupancy_count > 0), 0)
        from windows w cross join l
        where w.space_key = $1 and w.window_start >= $6 and w.window_start < $7
        group by 1
        """;

    /// <summary>Reads the report of these local days.</summary>
    public static async Task<ClimateReport> ReadAsync(
        NpgsqlConnection connection, SeriesSpace space, DateOnly from, DateOnly to, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var starts = await space.DayStartsAsync(connection, from, to, cancellationToken);
        var buckets = await TelemetrySeries.ReadAsync(connection, space, starts, TelemetryBucket.Day, from, now, cancellationToken);
        var shares = await SharesAsync(connection, space, starts, cancellationToken);
        var alerts = await ClimateAlert.ListAsync(connection, space, starts[0], starts[^1], now, cancellationToken);
        var days = new List<ClimateDay>();

        for (var n = 0; n < starts.Length - 1 && starts[n] <= now; n++)
        {
            var (first, until) = (starts[n], starts[n + 1]);
            days.Add(ClimateDay.Of(from.AddDays(n), buckets.GetValueOrDefault(n), shares.GetValueOrDefault(n), alerts.Where(alert => alert.Touches(first, until))));
        }

        return new ClimateReport(space.Id, space.Name, space.Timezone, days);
    }

    private static async Task<Dictionary<int, double?[]>> SharesAsync(NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Shares, connection);
        command.Parameters.Add(new() { Value = space.Key });
        command.Parameters.Add(new() { Value = Array.ConvertAll(starts, start => start.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = Metric.All[Metric.TempC].Scale });
        command.Parameters.Add(new() { Value = Space.DefaultCo2ThresholdPpm });
        command.Parameters.Add(new() { Value = Metric.All[Metric.Co2Ppm].Scale });
        command.Parameters.Add(new() { Value = starts[0].UtcDateTime });
        command.Parameters.Add(new() { Value = starts[^1].UtcDateTime });
        var shares = new Dictionary<int, double?[]>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var day = new double?[Metric.Count];
            (day[Metric.TempC], day[Metric.Co2Ppm], day[Metric.Occupancy]) = (Share(1), Share(2), Share(3));
            shares.Add(reader.GetInt32(0), day);
        }

        return shares;

        double? Share(int column) => reader.IsDBNull(column) ? null : Math.Round(reader.GetDouble(column), 4);
    }
}

/// <summary>One local day.</summary>
/// <param name="Day">Of the space's zone.</param>
/// <param name="SampleCount">Samples that arrived.</param>
/// <param name="Coverage">Share of the expected samples that arrived.</param>
/// <param name="Metrics">By name; a metric that nobody sent is absent.</param>
/// <param name="Alerts">Every alert that was open on this day, for as long as it was open in all.</param>
internal sealed record ClimateDay(DateOnly Day, int SampleCount, double Coverage, IReadOnlyDictionary<string, ClimateMetric> Metrics, IReadOnlyList<ClimateAlert> Alerts)
{
    public static ClimateDay Of(DateOnly day, SeriesBucket? bucket, double?[]? shares, IEnumerable<ClimateAlert> alerts) => new(
        day,
        bucket?.SampleCount ?? 0,
        bucket?.Coverage ?? 0,
        Enumerable.Range(0, Metric.Count).Where(metric => bucket?.Metrics[metric] is not null).ToDictionary(
            metric => Metric.All[metric].Name,
            metric => new ClimateMetric(bucket!.Metrics[metric]!.Least, bucket.Metrics[metric]!.Greatest, bucket.Metrics[metric]!.Average, shares?[metric])),
        [.. alerts]);
}

/// <summary>One metric on one day.</summary>
/// <param name="Min">Of the samples.</param>
/// <param name="Max">Of the samples.</param>
/// <param name="Avg">Weighted by samples.</param>
/// <param name="ShareWithin">Share of the minutes with samples in which all of them were within limits (equal is within); null: there are no limits.</param>
internal sealed record ClimateMetric(double Min, double Max, double Avg, double? ShareWithin);
