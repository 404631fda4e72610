namespace Coworking.IotIngest.Tests.Running;

/// <summary>Minute windows put straight into the table, for queries over stretches that no test can send.</summary>
internal static class WindowRows
{
    /// <summary>One window per minute with six samples at 10 s: temperature and CO2 go up by the minute and start again every 97; with the marks that a batch would leave.</summary>
    internal static async Task FillAsync(TestPlatform platform, Guid space, DateTimeOffset from, DateTimeOffset until)
    {
        await platform.ExecuteAsync("select ensure_partitions($1, $2)", DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(until.UtcDateTime));
        await platform.ExecuteAsync(
            """
            insert into windows (space_key, window_start, sample_count, sampling_interval_sec, temp_c_sum, temp_c_count, temp_c_min, temp_c_max,
                humidity_pct_count, co2_ppm_sum, co2_ppm_count, co2_ppm_min, co2_ppm_max, occupancy_count, power_w_count, battery_pct_count)
            select s.key, t, 6, 10, 6 * n * 100, 6, n * 100, n * 100 + 50, 0, 3 * n * 10000, 3, n * 10000, n * 10000, 0, 0, 0
            from spaces s, generate_series($2::timestamptz, $3::timestamptz - interval '1 minute', interval '1 minute') t,
                lateral (select (extract(epoch from t)::bigint / 60 % 97)::int as n) m
            where s.id = $1
            """, space, from.UtcDateTime, until.UtcDateTime);
        await platform.ExecuteAsync(
            """
            insert into rollup_dirty (space_key, hour) select distinct w.space_key, date_bin('1 hour', w.window_start, timestamptz 'epoch')
            from windows w join spaces s on s.key = w.space_key where s.id = $1 on conflict do nothing
            """, space);
    }

    internal static int Number(DateTimeOffset minute) => (int)(minute.ToUnixTimeSeconds() / 60 % 97);
}
