using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>
/// A series in buckets shorter than an hour: of minute windows alone. They are merged here, by the rules of <see cref="RollupSql"/>: one plain read of the
/// key spares PostgreSQL the plan and the merge of four kinds of pieces, and this is what every chart asks for.
/// </summary>
internal static class WindowSeries
{
    private static readonly string Sql = $"""
        select window_start, sample_count, sampling_interval_sec, {RollupSql.MetricColumns} from windows
        where space_key = $1 and window_start >= $2 and window_start < $3 order by window_start
        """;

    /// <summary>Buckets that are there, by their number from 0.</summary>
    /// <param name="connection">To read with.</param>
    /// <param name="space">Whose.</param>
    /// <param name="starts">The starts of the buckets, all of one length, and the end of the last.</param>
    /// <param name="now">Nothing is expected after it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Dictionary<int, SeriesBucket>> ReadAsync(
        NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (first, length, until) = (Micros.Of(starts[0]), Micros.Of(starts[1] - starts[0]), Micros.Of(now));
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new() { Value = space.Key });
        command.Parameters.Add(new() { Value = starts[0].UtcDateTime });
        command.Parameters.Add(new() { Value = starts[^1].UtcDateTime });
        var buckets = new Dictionary<int, SeriesBucket>(starts.Length);
        var running = new Running();
        var number = -1;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var at = Micros.Of(new DateTimeOffset(reader.GetDateTime(0)));
            var n = (int)((at - first) / length);

            if (n != number)
            {
                Close();
                number = n;
                running.Begin(first + (n * length));
            }

            running.Add(at, reader);
        }

        Close();
        return buckets;

        void Close()
        {
            if (number >= 0)
            {
                buckets.Add(number, running.End(Math.Min(first + ((number + 1) * length), until)));
            }
        }
    }

    /// <summary>The bucket that is being gathered.</summary>
    private sealed class Running
    {
        private readonly MetricSummary?[] _metrics = new MetricSummary?[Metric.Count];
        private long _end;
        private int _interval;
        private int _samples;
        private double _expected;

        public void Begin(long from) => (_end, _interval, _samples, _expected) = (from, 0, 0, 0);

        public void Add(long at, NpgsqlDataReader reader)
        {
            var interval = reader.GetInt32(2);
            // Minutes without a window expect as many samples as the nearest earlier window says; before the first as that one says.
            _expected += Expected(at - _end, _interval == 0 ? interval : _interval) + Expected(Micros.PerMinute, interval);
            (_end, _interval) = (at + Micros.PerMinute, interval);
            _samples += reader.GetInt32(1);

            for (var i = 0; i < Metric.Count; i++)
            {
                var column = 3 + (4 * i);

                if (reader.GetInt32(column + 1) is > 0 and var count)
                {
                    var summary = new MetricSummary(Metric.All[i], reader.GetInt64(column), count, reader.GetInt32(column + 2), reader.GetInt32(column + 3));
                    _metrics[i] = MetricSummary.Merge(_metrics[i], summary);
                }
            }
        }

        public SeriesBucket End(long until)
        {
            var bucket = SeriesBucket.Of(_samples, _expected + Expected(until - _end, _interval), [.. _metrics]);
            Array.Clear(_metrics);
            return bucket;
        }

        private static double Expected(long micros, int intervalSec) => (double)micros / Micros.PerSecond / intervalSec;
    }
}
