using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>
/// A series in buckets shorter than an hour: of the packed buckets of five minutes where an hour is final, else of minute windows. They are merged here, by the
/// rules of <see cref="RollupSql"/>: this is what every chart asks for, and so the database reads two dozen rows by their key and does no more.
/// </summary>
internal static class WindowSeries
{
    // One statement, one snapshot: an hour comes whole from its five minutes or whole from its windows, whatever the keeper commits meanwhile.
    // A marked hour has got late samples, and shows them at once. "offset 0" keeps the hours that miss a few probes of the key, not a scan of the stretch.
    private static readonly string Sql = $"""
        with kept as materialized (
            select f.hour, f.pieces from five_minutes f join hours h on h.space_key = f.space_key and h.hour = f.hour and h.sample_count = f.sample_count
            where f.space_key = $1 and f.hour >= $4 and f.hour < $5 and h.hour >= $4 and h.hour < $5 and h.space_key = $1
                and not exists (select from rollup_dirty d where d.space_key = $1 and d.hour = f.hour))
        select hour as at, pieces, 0 as sample_count, 0 as sampling_interval_sec, {Nothing} from kept
        union all
        select w.window_start, null, w.sample_count, w.sampling_interval_sec, {RollupSql.MetricColumns}
        from (select n as hour from generate_series($4::timestamptz, $5::timestamptz - interval '1 hour', interval '1 hour') n except select hour from kept) missing
        cross join lateral (select * from windows where space_key = $1 and window_start >= missing.hour and window_start < missing.hour + interval '1 hour' offset 0) w
        where w.window_start >= $2 and w.window_start < $3
        union all
        select window_start, null, sample_count, sampling_interval_sec, {RollupSql.MetricColumns}
        from windows where space_key = $1 and window_start >= greatest($2::timestamptz, $5::timestamptz) and window_start < $3
        order by at
        """;

    private static string Nothing => string.Join(", ", Enumerable.Repeat("null::bigint, 0, 0, 0", Metric.Count));

    /// <summary>Buckets that are there, by their number from 0.</summary>
    /// <param name="connection">To read with.</param>
    /// <param name="space">Whose.</param>
    /// <param name="starts">The starts of the buckets, all of one length, and the end of the last.</param>
    /// <param name="now">Nothing is expected after it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Dictionary<int, SeriesBucket>> ReadAsync(
        NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var gathered = new Gathered(starts, now);
        await using var command = Command(connection, space, starts);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var at = Micros.Of(new DateTimeOffset(reader.GetDateTime(0)));

            if (reader.IsDBNull(1))
            {
                gathered.AddWindow(at, reader);
            }
            else
            {
                gathered.AddHour(at, reader.GetFieldValue<byte[]>(1));
            }
        }

        return gathered.End();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts)
    {
        var (from, until) = (starts[0], starts[^1]);
        var hoursFrom = from.AddTicks(-(from.UtcTicks % TimeSpan.TicksPerHour));
        // Whole hours, as far as they are final; none for buckets that are finer than what is kept of an hour.
        var hoursUntil = starts[1] - starts[0] < TimeSpan.FromMinutes(5) || space.HoursUntil < hoursFrom ? hoursFrom
            : space.HoursUntil < until ? space.HoursUntil
            : until.AddTicks(TimeSpan.TicksPerHour - 1 - ((until.UtcTicks - 1) % TimeSpan.TicksPerHour));
        var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new() { Value = space.Key });

        foreach (var instant in (DateTimeOffset[])[from, until, hoursFrom, hoursUntil])
        {
            command.Parameters.Add(new() { Value = instant.UtcDateTime });
        }

        return command;
    }

    /// <summary>The buckets, of pieces in the order of time.</summary>
    private sealed class Gathered(DateTimeOffset[] starts, DateTimeOffset now)
    {
        private readonly long _first = Micros.Of(starts[0]);
        private readonly long _length = Micros.Of(starts[1] - starts[0]);
        private readonly long _last = Micros.Of(starts[^1]);
        private readonly Dictionary<int, SeriesBucket> _buckets = new(starts.Length);
        private readonly MetricSums _sums = new();
        private int _number = -1;
        private long _end;
        private int _interval;
        private int _samples;
        private double _expected;

        public void AddHour(long hour, ReadOnlySpan<byte> pieces)
        {
            var reader = new FiveMinutesReader(pieces, hour);

            while (reader.MoveNext())
            {
                if (reader.Current.At >= _first && reader.Current.At < _last)
                {
                    Add(reader.Current);
                    reader.AddTo(_sums);
                }
            }
        }

        public void AddWindow(long at, NpgsqlDataReader reader)
        {
            var interval = reader.GetInt32(3);
            Add(new Piece(at, Micros.PerMinute, reader.GetInt32(2), Expected(Micros.PerMinute, interval), interval));

            for (var metric = 0; metric < Metric.Count; metric++)
            {
                var column = 4 + (4 * metric);

                if (reader.GetInt32(column + 1) is > 0 and var count)
                {
                    _sums.Add(metric, reader.GetInt64(column), count, reader.GetInt32(column + 2), reader.GetInt32(column + 3));
                }
            }
        }

        public Dictionary<int, SeriesBucket> End()
        {
            Close();
            return _buckets;
        }

        private void Add(in Piece piece)
        {
            var number = (int)((piece.At - _first) / _length);

            if (number != _number)
            {
                Close();
                (_number, _end, _interval, _samples, _expected) = (number, _first + (number * _length), 0, 0, 0);
            }

            // What has no piece expects as many samples as the nearest earlier one says; before the first as that one says.
            _expected += Expected(piece.At - _end, _interval == 0 ? piece.IntervalSec : _interval) + piece.Expected;
            (_end, _interval) = (piece.At + piece.Length, piece.IntervalSec);
            _samples += piece.Samples;
        }

        private void Close()
        {
            if (_number < 0)
            {
                return;
            }

            var until = Math.Min(_first + ((_number + 1) * _length), Micros.Of(now));
            var metrics = new MetricSummary?[Metric.Count];

            for (var metric = 0; metric < Metric.Count; metric++)
            {
                if (_sums[metric] is { Count: > 0 } sums)
                {
                    metrics[metric] = new MetricSummary(Metric.All[metric], sums.Sum, sums.Count, sums.Min, sums.Max);
                }
            }

            _buckets.Add(_number, SeriesBucket.Of(_samples, _expected + Expected(until - _end, _interval), metrics));
            _sums.Clear();
        }

        private static double Expected(long micros, int intervalSec) => (double)micros / Micros.PerSecond / intervalSec;
    }
}
