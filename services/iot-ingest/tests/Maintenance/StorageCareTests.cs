using System.Globalization;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Maintenance;
using Coworking.IotIngest.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Tests.Maintenance;

public sealed class StorageCareTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_makes_days_ahead_and_lets_go_of_what_is_older_than_is_kept()
    {
        await using var platform = await TestPlatform.CreateAsync();
        var today = TimeProvider.System.GetUtcNow();
        using var now = CareAt(platform, today);
        await now.RunOnceAsync(Ended);
        await now.RunOnceAsync(Ended);
        var days = await PartitionsAsync(platform, "readings");
        Assert.Equal(Enumerable.Range(-31, 35).Select(day => Readings(today.AddDays(day))), days);
        Assert.Contains($"windows_{today.UtcDateTime:yyyyMM}", await PartitionsAsync(platform, "windows"));

        // Half a year on: nothing of these days is kept, and a year of windows is.
        var windows = await PartitionsAsync(platform, "windows");
        using var later = CareAt(platform, today.AddDays(180));
        await later.RunOnceAsync(Ended);
        Assert.Equal(Enumerable.Range(180 - 31, 35).Select(day => Readings(today.AddDays(day))), await PartitionsAsync(platform, "readings"));
        Assert.Empty(windows.Except(await PartitionsAsync(platform, "windows")));

        using var muchLater = CareAt(platform, today.AddDays(500));
        await muchLater.RunOnceAsync(Ended);
        Assert.Empty(windows.Intersect(await PartitionsAsync(platform, "windows")));
    }

    [Fact]
    public async Task What_was_interrupted_between_detach_and_drop_is_finished()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await platform.ExecuteAsync("select ensure_partitions('2020-01-01', '2020-01-02')");

        // A transaction that uses the table keeps the detach from finishing, until somebody cancels it.
        await using (var reader = await platform.Database.OpenConnectionAsync(Ended))
        {
            await using var transaction = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Ended);
            await using var select = new Npgsql.NpgsqlCommand("select count(*) from readings", reader);
            await select.ExecuteScalarAsync(Ended);
            await using var detacher = await platform.Database.OpenConnectionAsync(Ended);
            await using var limit = new Npgsql.NpgsqlCommand("set statement_timeout = 1000", detacher);
            await limit.ExecuteNonQueryAsync(Ended);
            await using var detach = new Npgsql.NpgsqlCommand("alter table readings detach partition readings_20200101 concurrently", detacher);
            var interrupted = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => detach.ExecuteNonQueryAsync(Ended));
            Assert.Equal(Npgsql.PostgresErrorCodes.QueryCanceled, interrupted.SqlState);
        }

        // As a replica leaves it that is killed between the two steps.
        await platform.ExecuteAsync("alter table readings detach partition readings_20200102");
        using var care = CareAt(platform, TimeProvider.System.GetUtcNow());
        await care.RunOnceAsync(Ended);
        Assert.Equal(0, await platform.ScalarAsync<long>("select count(*) from pg_class where relname in ('readings_20200101', 'readings_20200102')"));
    }

    [Fact]
    public async Task The_key_of_a_finished_day_is_made_dense_and_that_of_a_running_one_is_left_alone()
    {
        await using var platform = await TestPlatform.CreateAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (finished, running) = (Readings(now.AddDays(-2)), Readings(now));

        // A reading of each of a hundred spaces in turn, as a fleet sends them.
        foreach (var day in (string[])[now.AddDays(-2).UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)])
        {
            await platform.ExecuteAsync($"""
                insert into readings (space_key, at, digest, temp_c)
                select n % 100, timestamptz '{day} 00:00:00Z' + n / 100 * interval '1 second', hashint8(n), n from generate_series(1, 40000) n order by n
                """);
        }

        await platform.ExecuteAsync("analyze readings");
        // As a replica leaves it that dies over it.
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => platform.ExecuteAsync($"create unique index concurrently {finished}_pkey_ccnew on {finished} (space_key)"));
        var (sparse, left) = (await SizeAsync(finished), await SizeAsync(running));
        Assert.True(sparse > 46 * 40_000, $"{sparse} bytes");
        using var care = CareAt(platform, now);
        await care.RunOnceAsync(Ended);
        var dense = await SizeAsync(finished);
        Assert.InRange(dense, 36 * 40_000, 39 * 40_000);
        Assert.Equal(left, await SizeAsync(running));
        Assert.Equal(0, await platform.ScalarAsync<long>("select count(*) from pg_class where relname ~ '_cc(new|old)'"));

        // Late ones still find their place, and nothing is done twice.
        await platform.ExecuteAsync($"insert into {finished} (space_key, at, digest) select 1, at, 1 from {finished} where space_key = 2 limit 10");
        await care.RunOnceAsync(Ended);
        Assert.InRange(await SizeAsync(finished), dense, dense + 20_000);

        Task<long> SizeAsync(string table) => platform.ScalarAsync<long>($"select pg_relation_size('{table}_pkey')");
    }

    [Fact]
    public async Task Rejections_events_messages_and_schedules_go_when_they_are_old()
    {
        await using var platform = await TestPlatform.CreateAsync();
        var today = TimeProvider.System.GetUtcNow();
        var day = $"date '{today.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}' - ceil(extract(epoch from $1::interval) / 86400)::int";
        var metrics = string.Concat(Enumerable.Repeat(", null, 0, null, null", 6));
        (string Insert, string Table, int Days)[] kept =
        [
            ("insert into rejected_readings (received_at, topic, reason, detail, payload) values (now() - $1, 't', 'malformed', 'd', '')", "rejected_readings", 7),
            ("insert into live_events (at, name, space_id, location_id, data) values (now() - $1, 'alert', gen_random_uuid(), gen_random_uuid(), '{}')", "live_events", 1),
            ("insert into inbox_messages (message_id, consumer, received_at) values (gen_random_uuid(), 'c', now() - $1)", "inbox_messages", 7),
            ("insert into bookings (id, space_id, blocked_from, blocked_until, status, version) values (gen_random_uuid(), gen_random_uuid(), now() - interval '1 year', now() - $1, 'confirmed', 1)",
                "bookings", 32),
            ("""
                insert into alerts (id, space_key, space_id, location_id, kind, severity, breached_since, started_at, last_triggered_at, resolved_at, resolution, meta, version)
                select gen_random_uuid(), s.key, s.id, s.id, 'CO2', 'warning', now(), now(), now(), now() - $1, 'by_hand', '{}', 2 from spaces s
                """, "alerts", 400),
            ($"insert into hours values (1, now() - $1, 1, 1, 10{metrics})", "hours", 400),
            ($"insert into days values (1, {day}, 1, 1, 10{metrics})", "days", 400),
            ("insert into five_minutes values (1, now() - $1, 1, '')", "five_minutes", 400),
            ($"insert into climate_reports values (gen_random_uuid(), gen_random_uuid(), {day}, now(), '{{}}')", "climate_reports", 400),
        ];

        await platform.ExecuteAsync(
            "insert into spaces (id, location_id, name, kind, capacity, bookable, active, timezone, version) values (gen_random_uuid(), gen_random_uuid(), 'Sala', 'studio', 8, true, true, 'UTC', 1)");

        foreach (var (insert, _, days) in kept)
        {
            await platform.ExecuteAsync(insert, TimeSpan.FromDays(days) + TimeSpan.FromHours(1));
            await platform.ExecuteAsync(insert, TimeSpan.FromDays(days) - TimeSpan.FromHours(1));
        }

        using var care = CareAt(platform, today);
        await care.RunOnceAsync(Ended);

        foreach (var (_, table, _) in kept)
        {
            Assert.Equal(1, await platform.ScalarAsync<long>($"select count(*) from {table}"));
        }
    }

    private static string Readings(DateTimeOffset day) => "readings_" + day.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static StorageCare CareAt(TestPlatform platform, DateTimeOffset now) => new(
        platform.Database, new LeaseStore(platform.Database, new ServiceSchema("iot")), Options.Create(new IotIngestOptions()), new StoppedClock(now), NullLogger<StorageCare>.Instance);

    private static Task<List<string>> PartitionsAsync(TestPlatform platform, string table) => platform.ListAsync(
        "select inhrelid::regclass::text from pg_inherits where inhparent = to_regclass($1) order by 1", reader => reader.GetString(0), table);

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
