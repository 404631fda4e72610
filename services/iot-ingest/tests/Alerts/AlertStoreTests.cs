using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class AlertStoreTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly DateTimeOffset Start = AlertDays.Start;
    private static readonly Caller Someone = new("key:test", "key", Roles.User, null, EmailVerified: false, []);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_day_in_order_gives_the_same_alerts_of_every_kind_however_it_is_cut_and_whoever_takes_over()
    {
        var kinds = new HashSet<string>();

        for (var round = 0; round < 8; round++)
        {
            var random = new Random(20_261_125 + round);
            var rules = AlertDays.Rules(random);
            var (whole, parts) = (await AddSpaceAsync(rules), await AddSpaceAsync(rules));
            var day = AlertDays.Day(random);

            var replica = fixture.OpenStore();
            await replica.StoreAsync(day.Select(make => make(whole)));

            for (var at = 0; at < day.Length;)
            {
                var batch = day.Skip(at).Take(random.Next(1, 60)).Select(make => make(parts)).ToArray();

                if (random.Next(4) == 0)
                {
                    // Taken over by one that knows nothing but what the tables say.
                    await replica.DisposeAsync();
                    replica = fixture.OpenStore();
                }

                await replica.StoreAsync(batch);
                at += batch.Length;
            }

            await replica.DisposeAsync();
            var alerts = await AlertsAsync(whole);
            Assert.Equal(alerts, await AlertsAsync(parts));
            kinds.UnionWith(alerts.Select(alert => alert.Split('|')[0]));
        }

        Assert.Equal(AlertKind.OfSamples.Select(kind => kind.Name).Order(StringComparer.Ordinal), kinds.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task From_too_hot_to_too_cold_one_sample_closes_one_alert_and_opens_the_other()
    {
        var space = await AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([AlertDays.Sample(space, Start, temp: 8_001)]);
        await store.StoreAsync([AlertDays.Sample(space, Start.AddSeconds(10), temp: 1_999)]);
        Assert.Equal(["HIGH_TEMP|back_to_normal", "LOW_TEMP|"], await KindsAsync(space));
        await store.StoreAsync([AlertDays.Sample(space, Start.AddSeconds(20), temp: 8_000)]);
        Assert.Equal(["HIGH_TEMP|back_to_normal", "LOW_TEMP|back_to_normal"], await KindsAsync(space));
    }

    [Fact]
    public async Task A_hundred_parallel_openings_give_one_alert_and_a_hundred_parallel_resolves_one_resolution()
    {
        var space = await AddSpaceAsync();
        var opened = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OpenAsync(space, AlertKind.TwinDivergence)));
        Assert.Single(opened, was => was);
        var id = await fixture.Platform.ScalarAsync<Guid>("select id from alerts where space_key = $1", space.Key);
        var resolved = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ResolveByHandAsync(id)));
        Assert.Single(resolved, was => was);
        Assert.Equal((1L, 1L), (await SaidAsync(id, "AlertOpened"), await SaidAsync(id, "AlertResolved")));
        Assert.True(await OpenAsync(space, AlertKind.TwinDivergence));
    }

    [Fact]
    public async Task A_resolve_by_hand_that_meets_the_hot_path_is_neither_undone_nor_said_twice()
    {
        var space = await AddSpaceAsync();
        await using var store = fixture.OpenStore();
        var byHand = 0;

        // Power that is gone and back, over and over, while somebody resolves whatever is open.
        var storing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 120; i++)
                {
                    await store.StoreAsync([AlertDays.Sample(space, Start.AddSeconds(10 * i), powerOk: i % 4 == 3)]);
                }
            }, Ended);

        while (!storing.IsCompleted)
        {
            foreach (var id in await fixture.Platform.ListAsync("select id from alerts where space_key = $1 and resolved_at is null", reader => reader.GetGuid(0), space.Key))
            {
                byHand += await ResolveByHandAsync(id) ? 1 : 0;
            }
        }

        await storing;
        Assert.InRange(byHand, 1, 120);
        Assert.Equal(byHand, await fixture.Platform.ScalarAsync<long>("select count(*) from alerts where space_key = $1 and resolution = 'by_hand' and version = 2", space.Key));
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>(
            "select count(*) from alert_states st join alerts a on a.id = st.alert_id where st.space_key = $1 and a.resolved_at is not null", space.Key));
        var ids = await fixture.Platform.ListAsync("select id from alerts where space_key = $1 and resolved_at is not null", reader => reader.GetGuid(0), space.Key);

        foreach (var id in ids)
        {
            Assert.Equal(1, await SaidAsync(id, "AlertResolved"));
        }
    }

    [Fact]
    public async Task After_a_resolve_by_hand_a_breach_must_hold_for_its_whole_time_again()
    {
        var space = await AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Enumerable.Range(0, 31).Select(i => AlertDays.Sample(space, Start.AddSeconds(i * 10), co2: 1_500_000)));
        Assert.True(await ResolveByHandAsync(await fixture.Platform.ScalarAsync<Guid>("select id from alerts where space_key = $1", space.Key)));
        await store.StoreAsync(Enumerable.Range(31, 30).Select(i => AlertDays.Sample(space, Start.AddSeconds(i * 10), co2: 1_500_000)));
        Assert.Equal(["CO2|by_hand"], await KindsAsync(space));
        await store.StoreAsync([AlertDays.Sample(space, Start.AddSeconds(610), co2: 1_500_000)]);
        Assert.Equal(["CO2|by_hand", "CO2|"], await KindsAsync(space));
    }

    [Fact]
    public async Task A_reading_ends_a_silence_though_it_is_late_or_a_copy()
    {
        var space = await AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([AlertDays.Sample(space, Start, temp: 5_000)]);

        // A newer one, an older one, and the same again.
        foreach (var second in (int[])[10, -3600, 10])
        {
            await fixture.Platform.ExecuteAsync("update space_states set seen_at = now() - interval '16 minutes' where space_key = $1", space.Key);
            Assert.True(await OpenAsync(space, AlertKind.SensorError));
            var before = TimeProvider.System.GetUtcNow();
            await store.StoreAsync([AlertDays.Sample(space, Start.AddSeconds(second), temp: 5_000)]);
            Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from alerts where space_key = $1 and resolved_at is null", space.Key));
            Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from alert_states where space_key = $1", space.Key));
            Assert.InRange(await fixture.Platform.ScalarAsync<DateTimeOffset>("select seen_at from space_states where space_key = $1", space.Key), before.AddMilliseconds(-1), before.AddMinutes(1));
        }

        Assert.Equal(Enumerable.Repeat("SENSOR_ERROR|back_to_normal", 3), await KindsAsync(space));
    }

    [Fact]
    public async Task What_is_disabled_or_gone_opens_nothing()
    {
        var space = await AddSpaceAsync("insert into alert_rules (space_id, kind, enabled) values ($1, 'TWIN_DIVERGENCE', false)");
        Assert.False(await OpenAsync(space, AlertKind.TwinDivergence));
        await fixture.Platform.ExecuteAsync("update alert_rules set enabled = null, severity = 'critical' where space_id = $1", space.Id);
        Assert.True(await OpenAsync(space, AlertKind.TwinDivergence));
        Assert.Equal("critical", await fixture.Platform.ScalarAsync<string>("select severity from alerts where space_key = $1", space.Key));
        await fixture.Platform.ExecuteAsync("update spaces set removed = true where id = $1", space.Id);
        Assert.False(await OpenAsync(space, AlertKind.SensorError));
        Assert.False(await OpenAsync(space with { Id = Guid.CreateVersion7() }, AlertKind.SensorError));
    }

    [Fact]
    public async Task An_alert_that_waits_is_escalated_once_per_level_by_many_replicas_and_never_after_somebody_took_notice()
    {
        var spaces = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AddSpaceAsync()));
        TimeSpan[] levels = [TimeSpan.FromHours(1), TimeSpan.FromHours(4)];
        var ids = new List<Guid>();

        foreach (var (space, age) in spaces.Zip((string[])["59 minutes", "60 minutes", "239 minutes", "240 minutes", "30 days", "30 days"]))
        {
            await OpenAsync(space, AlertKind.TwinDivergence);
            await fixture.Platform.ExecuteAsync($"update alerts set created_at = now() - interval '{age}' where space_key = $1", space.Key);
            ids.Add(await fixture.Platform.ScalarAsync<Guid>("select id from alerts where space_key = $1", space.Key));
        }

        Assert.IsType<Ok<AlertRow>>((await AcknowledgeAlert.Handle(new RouteId(ids[5]), Someone, fixture.Platform.Database, TimeProvider.System, Ended)).Result);

        for (var restart = 0; restart < 3; restart++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Escalation.RunAsync(fixture.Platform.Database, levels, TimeProvider.System, Ended)));
        }

        var said = new List<long>();

        foreach (var id in ids)
        {
            said.Add(await SaidAsync(id, "AlertEscalated"));
        }

        Assert.Equal([0, 1, 1, 2, 2, 0], said);
        Assert.Equal(2, await fixture.Platform.ScalarAsync<int>("select escalation_level from alerts where id = $1", ids[4]));
    }

    private async Task<Space> AddSpaceAsync(string? rules = null)
    {
        var space = await fixture.AddSpaceAsync();
        await fixture.Platform.ExecuteAsync("""update spaces set climate = '{"tempMin":2,"tempMax":8,"doorOpenSeconds":null}' where id = $1""", space.Id);

        if (rules is not null)
        {
            await fixture.Platform.ExecuteAsync(rules, space.Id);
        }

        await fixture.Spaces.ReadAsync([space.Id], Ended);
        Assert.True(fixture.Spaces.TryGet(space.Id, out var read));
        return read;
    }

    private async Task<bool> OpenAsync(Space space, AlertKind kind)
    {
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
        await using var transaction = await connection.BeginTransactionAsync(Ended);
        var effects = new Effects(TimeProvider.System.GetUtcNow());
        var isOpened = await AlertBook.OpenAsync(connection, space.Id, kind, effects.Now.AddMinutes(-2), effects.Now, new { why = "a test" }, effects, Ended);
        await effects.WriteAsync(connection, Ended);
        await transaction.CommitAsync(Ended);
        return isOpened;
    }

    private async Task<bool> ResolveByHandAsync(Guid id)
    {
        var answer = await ResolveAlert.Handle(new RouteId(id), new ResolveAlert.Request("done"), Someone, fixture.Platform.Database, TimeProvider.System, Ended);
        Assert.True(answer.Result is Ok<AlertRow> or ProblemHttpResult { StatusCode: 409 });
        return answer.Result is Ok<AlertRow>;
    }

    private Task<long> SaidAsync(Guid alert, string message) => fixture.Platform.ScalarAsync<long>(
        "select count(*) from outbox_messages where type = $2 and body::jsonb -> 'alert' ->> 'id' = $1::text", alert, message);

    private Task<List<string>> KindsAsync(Space space) => fixture.Platform.ListAsync(
        "select kind || '|' || coalesce(resolution, '') from alerts where space_key = $1 order by kind, started_at", reader => reader.GetString(0), space.Key);

    private Task<List<string>> AlertsAsync(Space space) => fixture.Platform.ListAsync(
        """
        select concat_ws('|', kind, severity, breached_since, started_at, last_triggered_at, meta, coalesce(resolved_at::text, ''), resolution, version)
        from alerts where space_key = $1 order by kind, started_at
        """,
        reader => reader.GetString(0), space.Key);
}
