using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Windows;

/// <summary>A space's telemetry in buckets. Reads what is final as days and hours, and minute windows only where nothing is final yet; buckets shorter than an hour are those of <see cref="WindowSeries"/>.</summary>
internal static class TelemetrySeries
{
    private static readonly DateOnly NoDay = new(2000, 1, 1);

    /// <summary>Buckets that are there, by their number from 0.</summary>
    /// <param name="connection">To read with.</param>
    /// <param name="space">Whose.</param>
    /// <param name="starts">The starts of the buckets, and the end of the last.</param>
    /// <param name="bucket">What the buckets are.</param>
    /// <param name="firstDay">Of local days: the first; else null.</param>
    /// <param name="now">Nothing is expected after it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Dictionary<int, SeriesBucket>> ReadAsync(
        NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, TelemetryBucket bucket, DateOnly? firstDay, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (bucket.Length < TimeSpan.FromHours(1))
        {
            return await WindowSeries.ReadAsync(connection, space, starts, now, cancellationToken);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // A plan for any stretch is slower than one for this: it cannot know which of the four tables' stretches are empty.
        await using (var custom = new NpgsqlCommand("set local plan_cache_mode = force_custom_plan", connection))
        {
            await custom.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = Command(connection, space, starts, firstDay, now);
        var buckets = new Dictionary<int, SeriesBucket>();

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                buckets.Add(reader.GetInt32(1) - 1, SeriesBucket.Read(reader));
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return buckets;
    }

    internal static NpgsqlCommand Command(
        NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, DateOnly? firstDay, DateTimeOffset now)
    {
        // Days first, then the hours that are final, then minutes: the end of one is the start of the next. A day may begin within an hour.
        var end = starts[^1];
        var daysUntil = firstDay is null ? starts[0] : starts.Last(start => start <= space.HoursUntil || start == starts[0]);
        var finalDays = firstDay is null ? 0 : Array.IndexOf(starts, daysUntil);
        var hoursFrom = CeilHour(daysUntil);
        var hoursUntil = Max(hoursFrom, Min(space.HoursUntil, FloorHour(end)));
        var command = new NpgsqlCommand(RollupSql.Series, connection);
        command.Parameters.Add(new() { Value = space.Key });
        command.Parameters.Add(new() { Value = Array.ConvertAll(starts, start => start.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = firstDay ?? NoDay });
        command.Parameters.Add(new() { Value = (firstDay ?? NoDay).AddDays(finalDays) });

        foreach (var instant in (DateTimeOffset[])[hoursFrom, hoursUntil, daysUntil, Min(hoursFrom, end), hoursUntil, end])
        {
            command.Parameters.Add(new() { Value = instant.UtcDateTime });
        }

        return command;
    }

    private static DateTimeOffset FloorHour(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private static DateTimeOffset CeilHour(DateTimeOffset instant) => FloorHour(instant.AddTicks(TimeSpan.TicksPerHour - 1));

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>What is known of one bucket.</summary>
/// <param name="SampleCount">Samples that arrived.</param>
/// <param name="Coverage">Share of the expected samples that arrived, at most 1: two timers in a device are not more than whole.</param>
/// <param name="Metrics">In the order of <see cref="Metric.All"/>; null where nobody sent it.</param>
internal sealed record SeriesBucket(int SampleCount, double Coverage, MetricSummary?[] Metrics)
{
    public static SeriesBucket Read(NpgsqlDataReader reader)
    {
        var (samples, expected) = (reader.GetInt32(2), reader.GetInt64(3));
        var metrics = new MetricSummary?[Metric.Count];

        for (var i = 0; i < Metric.Count; i++)
        {
            var first = 5 + (4 * i);
            metrics[i] = reader.GetInt32(first + 1) is > 0 and var count
                ? new MetricSummary(Metric.All[i], reader.GetInt64(first), count, reader.GetInt32(first + 2), reader.GetInt32(first + 3))
                : null;
        }

        return Of(samples, expected / 1_000_000d, metrics);
    }

    public static SeriesBucket Of(int samples, double expected, MetricSummary?[] metrics) =>
        new(samples, expected <= 0 ? 1 : Math.Round(Math.Min(1, samples / expected), 4), metrics);
}

/// <summary>Sum, count, minimum and maximum of one metric, as they are kept.</summary>
internal sealed record MetricSummary(Metric Metric, long Sum, long Count, int Min, int Max)
{
    public double Average => (double)Sum / Count / Metric.Scale;

    public double Least => Metric.Value(Min);

    public double Greatest => Metric.Value(Max);

    /// <summary>Both together; averages are weighted by samples, for they are made of the sums.</summary>
    public static MetricSummary? Merge(MetricSummary? one, MetricSummary? other) => one is null ? other : other is null
        ? one
        : new MetricSummary(one.Metric, one.Sum + other.Sum, one.Count + other.Count, Math.Min(one.Min, other.Min), Math.Max(one.Max, other.Max));
}
