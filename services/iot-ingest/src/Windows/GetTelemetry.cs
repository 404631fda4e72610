using Coworking.Hosting.Http;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>GET /iot/spaces/:id/telemetry: with minutes= the minute windows of the last while, a bare array, oldest first; with range= or from=, to= and bucket= a series.</summary>
internal static class GetTelemetry
{
    private const int MaxRows = 1500;

    /// <param name="Stats">By metric, over the whole series; a metric that nobody sent is absent, here and in the data.</param>
    /// <param name="Bucket">As asked for.</param>
    /// <param name="Data">Every bucket that has begun, oldest first: one without samples is there, with coverage 0 and no metric.</param>
    internal sealed record Series(Dictionary<string, MetricStats> Stats, string Bucket, List<SeriesRow> Data);

    internal sealed record MetricStats(double Min, double Max, double Avg, long Count);

    internal static async Task<Results<Ok<List<Dictionary<string, object?>>>, Ok<Series>, ProblemHttpResult>> Handle(
        RouteId id, HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var range = TelemetryRange.Of(request.Query, now);
        var minutes = QueryValues.WholeNumber(request.Query, "minutes", 1, 1440) ?? 60;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (await SeriesSpace.FindAsync(connection, id, cancellationToken) is not { } space)
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        return range is null
            ? TypedResults.Ok(await MinutesAsync(connection, space, now.AddMinutes(-minutes), cancellationToken))
            : TypedResults.Ok(await SeriesAsync(connection, space, range, now, cancellationToken));
    }

    private static async Task<Series> SeriesAsync(NpgsqlConnection connection, SeriesSpace space, TelemetryRange range, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateOnly? firstDay = range.Bucket.Length is null ? await space.DayAsync(connection, range.From, cancellationToken) : null;
        var starts = firstDay is { } first
            ? await space.DayStartsAsync(connection, first, await space.DayAsync(connection, range.To.AddTicks(-TimeSpan.TicksPerMicrosecond), cancellationToken), cancellationToken)
            : [.. Enumerable.Range(0, (int)((range.To - range.From) / range.Bucket.Length!.Value) + 1).Select(n => range.From + (n * range.Bucket.Length.Value))];
        var buckets = await TelemetrySeries.ReadAsync(connection, space, starts, range.Bucket, firstDay, now, cancellationToken);
        var whole = new MetricSummary?[Metric.Count];
        var data = new List<SeriesRow>(starts.Length);

        // A clock that runs ahead may have filled the next bucket already.
        for (var n = 0; n < starts.Length - 1 && (starts[n] <= now || buckets.Keys.Any(later => later >= n)); n++)
        {
            var bucket = buckets.GetValueOrDefault(n);
            data.Add(new SeriesRow(starts[n], bucket));

            for (var metric = 0; metric < Metric.Count; metric++)
            {
                whole[metric] = MetricSummary.Merge(whole[metric], bucket?.Metrics[metric]);
            }
        }

        var stats = whole.OfType<MetricSummary>().ToDictionary(metric => metric.Metric.Name, metric => new MetricStats(metric.Least, metric.Greatest, metric.Average, metric.Count));
        return new Series(stats, range.Bucket.Name, data);
    }

    private static async Task<List<Dictionary<string, object?>>> MinutesAsync(NpgsqlConnection connection, SeriesSpace space, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select window_start, sample_count, {RollupSql.MetricColumns} from windows where space_key = $1 and window_start > $2 order by window_start desc limit {MaxRows}
            """, connection);
        command.Parameters.Add(new() { Value = space.Key });
        command.Parameters.Add(new() { Value = since.UtcDateTime });
        var rows = new List<Dictionary<string, object?>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Row(space.Id, reader));
        }

        // Newest first from the index, so that the limit cuts the oldest; oldest first for the client.
        rows.Reverse();
        return rows;
    }

    private static Dictionary<string, object?> Row(Guid space, NpgsqlDataReader reader)
    {
        var start = reader.GetFieldValue<DateTimeOffset>(0);
        var row = new Dictionary<string, object?>
        {
            ["id"] = WindowId.Of(space, start),
            ["spaceId"] = space,
            ["windowStart"] = start,
            ["windowEnd"] = start.AddMinutes(1),
            ["sampleCount"] = reader.GetInt32(1),
        };

        for (var i = 0; i < Metric.Count; i++)
        {
            var metric = Metric.All[i];
            var first = 2 + (4 * i);
            var count = reader.GetInt32(first + 1);
            row[metric.Name + "Avg"] = count == 0 ? null : (double)reader.GetInt64(first) / count / metric.Scale;
            row[metric.Name + "Min"] = count == 0 ? null : metric.Value(reader.GetInt32(first + 2));
            row[metric.Name + "Max"] = count == 0 ? null : metric.Value(reader.GetInt32(first + 3));
        }

        return row;
    }
}
