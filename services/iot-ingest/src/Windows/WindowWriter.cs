using System.Runtime.InteropServices;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>Adds readings to their minute windows: count, sum, min and max per metric, whole numbers all, so that any order gives the same window.</summary>
internal sealed class WindowWriter
{
    private (string Table, string Sql) _statement = ("windows", UpsertSql("windows"));

    private readonly List<int> _spaces = [];
    private readonly List<DateTime> _starts = [];
    private readonly List<int> _samples = [];
    private readonly List<int> _intervals = [];
    private readonly List<long>[] _sums = Columns<long>();
    private readonly List<int>[] _counts = Columns<int>();
    private readonly List<int>[] _minima = Columns<int>();
    private readonly List<int>[] _maxima = Columns<int>();

    /// <summary>The statement that merges the readings into their windows; null where there are none.</summary>
    /// <param name="readings">In key order, so that the readings of a window are neighbours.</param>
    /// <param name="spaces">For the sampling interval in force.</param>
    public NpgsqlBatchCommand? Command(List<Reading> readings, SpaceDirectory spaces)
    {
        if (readings.Count == 0)
        {
            return null;
        }

        Gather(CollectionsMarshal.AsSpan(readings), spaces);
        var table = PartitionTable.OfWindows(_starts);

        if (table != _statement.Table)
        {
            _statement = (table, UpsertSql(table));
        }

        var command = new NpgsqlBatchCommand(_statement.Sql);
        command.Parameters.Add(new() { Value = _spaces });
        command.Parameters.Add(new() { Value = _starts });
        command.Parameters.Add(new() { Value = _samples });
        command.Parameters.Add(new() { Value = _intervals });

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            command.Parameters.Add(new() { Value = _sums[metric] });
            command.Parameters.Add(new() { Value = _counts[metric] });
            command.Parameters.Add(new() { Value = _minima[metric] });
            command.Parameters.Add(new() { Value = _maxima[metric] });
        }

        return command;
    }

    internal void Gather(ReadOnlySpan<Reading> readings, SpaceDirectory spaces)
    {
        Clear();
        var space = 0;
        var minute = long.MinValue;
        var row = -1;

        foreach (ref readonly var reading in readings)
        {
            var start = reading.At - Modulo(reading.At, Micros.PerMinute);

            if (row < 0 || reading.SpaceKey != space || start != minute)
            {
                (space, minute) = (reading.SpaceKey, start);
                row = Open(space, start, spaces);
            }

            _samples[row]++;

            for (var metric = 0; metric < Metric.Count; metric++)
            {
                if (reading.Has(metric))
                {
                    Count(row, metric, reading.Values[metric]);
                }
            }
        }
    }

    private int Open(int space, long start, SpaceDirectory spaces)
    {
        _spaces.Add(space);
        _starts.Add(Micros.ToInstant(start).UtcDateTime);
        _samples.Add(0);
        _intervals.Add(spaces.TryGet(space, out var known) ? known.SamplingSecondsAt(start) : Space.DefaultSamplingSeconds);

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            _sums[metric].Add(0);
            _counts[metric].Add(0);
            _minima[metric].Add(int.MaxValue);
            _maxima[metric].Add(int.MinValue);
        }

        return _spaces.Count - 1;
    }

    private void Count(int row, int metric, int value)
    {
        _sums[metric][row] += value;
        _counts[metric][row]++;
        _minima[metric][row] = Math.Min(_minima[metric][row], value);
        _maxima[metric][row] = Math.Max(_maxima[metric][row], value);
    }

    private void Clear()
    {
        _spaces.Clear();
        _starts.Clear();
        _samples.Clear();
        _intervals.Clear();

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            _sums[metric].Clear();
            _counts[metric].Clear();
            _minima[metric].Clear();
            _maxima[metric].Clear();
        }
    }

    private static List<T>[] Columns<T>() => [.. Enumerable.Range(0, Metric.Count).Select(_ => new List<T>())];

    // Times before 1970 have a negative remainder in C#; device clocks that old are refused, but the arithmetic should hold anyway.
    private static long Modulo(long value, long divisor) => ((value % divisor) + divisor) % divisor;

    private static string UpsertSql(string table)
    {
        var names = Metric.All.Select(metric => metric.Wire).ToArray();
        var columns = string.Join(", ", names.Select(n => $"{n}_sum, {n}_count, {n}_min, {n}_max"));
        // A metric that nobody sent stays null, which least and greatest pass over.
        var selected = string.Join(", ", names.Select(n => $"case when {n}_count > 0 then {n}_sum end, {n}_count, case when {n}_count > 0 then {n}_min end, case when {n}_count > 0 then {n}_max end"));
        var arrays = string.Join(", ", names.Select((_, i) => $"${5 + (4 * i)}::bigint[], ${6 + (4 * i)}::int[], ${7 + (4 * i)}::int[], ${8 + (4 * i)}::int[]"));
        var merged = string.Join(", ", names.Select(n =>
            $"{n}_sum = coalesce(w.{n}_sum + excluded.{n}_sum, w.{n}_sum, excluded.{n}_sum), {n}_count = w.{n}_count + excluded.{n}_count, "
            + $"{n}_min = least(w.{n}_min, excluded.{n}_min), {n}_max = greatest(w.{n}_max, excluded.{n}_max)"));
        // Late is judged by the database's clock at the start of the transaction; do update, not do nothing: the mark must be locked until this batch commits (ADR 0019).
        return $"""
            with late as (
                insert into rollup_dirty (space_key, hour)
                select distinct space_key, date_bin('1 hour', window_start, timestamptz 'epoch') from unnest($1::int[], $2::timestamptz[]) as u (space_key, window_start)
                where window_start < (select date_bin('1 hour', now() - interval '5 minutes', timestamptz 'epoch')) order by 1, 2
                on conflict (space_key, hour) do update set marked_at = now())
            insert into {table} as w (space_key, window_start, sample_count, sampling_interval_sec, {columns})
            select space_key, window_start, sample_count, sampling_interval_sec, {selected}
            from unnest($1::int[], $2::timestamptz[], $3::int[], $4::int[], {arrays}) as u (space_key, window_start, sample_count, sampling_interval_sec, {columns})
            on conflict (space_key, window_start) do update set sample_count = w.sample_count + excluded.sample_count, {merged}
            """;
    }
}
