using System.Diagnostics;
using System.Net;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

namespace Coworking.Gateway.Tests.ApiKeys;

public sealed class KeyRingTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    // Two seconds are promised, and a fraction of one is usual; what nobody is told of is remembered for longer than this.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_key_is_refused_by_every_gateway_within_two_seconds()
    {
        await using var other = await fixture.StartAsync();
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(fixture.Gateway, key));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other, key));

        using var revoked = await fixture.Gateway.SendAsync("DELETE", $"/api/v1/api-keys/{id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(fixture.Gateway, key));
        await RefusedSoonAsync(other, key);
    }

    [Fact]
    public async Task A_key_revoked_or_narrowed_by_hand_in_the_database_is_forgotten_too()
    {
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(fixture.Gateway, key));

        await fixture.SqlAsync($"update api_keys set scopes = '{{write}}' where id = '{id}'");

        await Wait.UntilAsync(async () => await StatusAsync(fixture.Gateway, key) == HttpStatusCode.Forbidden, Soon, "the narrower scope holds", Ended);
        await fixture.SqlAsync($"delete from api_keys where id = '{id}'");
        await RefusedSoonAsync(fixture.Gateway, key);
    }

    [Fact]
    public async Task A_key_revoked_while_the_listening_connection_is_cut_is_refused_after_the_reconnect()
    {
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(fixture.Gateway, key));

        // In one transaction: the notification goes out after the listener has lost its connection.
        await fixture.SqlAsync($"""
            select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%';
            update gateway.api_keys set revoked_at = now() where id = '{id}'
            """, asSuperuser: true);

        await RefusedSoonAsync(fixture.Gateway, key);
    }

    [Fact]
    public async Task A_key_made_on_one_gateway_works_on_another_that_had_refused_it()
    {
        await using var other = await fixture.StartAsync();
        var key = $"later-{Guid.CreateVersion7():N}";
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(other, key));

        await fixture.Gateway.CreateKeyAsync(new { role = "USER", key });

        await Wait.UntilAsync(async () => await StatusAsync(other, key) == HttpStatusCode.OK, Soon, "the new key works", Ended);
    }

    [Fact]
    public async Task An_expired_key_is_refused_though_it_is_remembered()
    {
        var clock = new StillClock();
        await using var gateway = await fixture.StartAsync(clock);
        var (_, key) = await gateway.CreateKeyAsync(new { role = "USER", expiresAt = clock.Now.AddSeconds(2) });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, key));

        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway, key));
    }

    [Fact]
    public async Task A_warm_key_costs_no_question_and_a_cold_one_a_single_one_however_many_ask()
    {
        var (_, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        await using var gateway = await fixture.StartAsync();
        using var counts = gateway.CountLookups();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => StatusAsync(gateway, key)));
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, counts["miss"]);

        await StatusAsync(gateway, key);
        Assert.Equal(1, counts["miss"]);
        Assert.True(counts["hit"] >= 1);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => StatusAsync(gateway, "nobody-has-this-one")));
        await StatusAsync(gateway, "nobody-has-this-one");
        Assert.Equal(2, counts["miss"]);
        Assert.Equal(65, counts["refused"]);
    }

    [Fact]
    public void A_key_that_the_ring_takes_out_is_worthless_to_whoever_has_found_it_there_before()
    {
        var ring = fixture.Gateway.Keys;
        var hash = KeyHash.Of("found-just-before-it-went");
        KnownKey Key() => new(new KeyRow(Guid.CreateVersion7(), "USER", [], GoodUntil: null, Limit: null), new TokenBucket(Rate.Of(600), TimeProvider.System));
        // Read before any change there ever was: the question that brings it takes its word back.
        var (late, revoked, rotated) = (Key(), Key(), Key());
        ring.Remember(hash, late, changes: -1);
        ring.Remember(hash, revoked, ring.Changes);
        ring.Forget(revoked.Id);
        ring.Remember(hash, rotated, ring.Changes);
        ring.Forget(hash);

        Assert.Equal((true, true, true), (late.IsStale, revoked.IsStale, rotated.IsStale));
        Assert.False(ring.TryRecall("found-just-before-it-went", out _));
    }

    [Fact]
    public async Task A_thousand_invented_keys_are_refused_and_take_bounded_room()
    {
        await using var gateway = await fixture.StartAsync();
        using var counts = gateway.CountLookups();
        var random = new Random(5);
        var keys = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(BitConverter.GetBytes(random.NextInt64()))).ToList();

        foreach (var chunk in keys.Chunk(50))
        {
            var statuses = await Task.WhenAll(chunk.Select(key => StatusAsync(gateway, key)));
            Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        }

        Assert.Equal(1000, counts["miss"]);
        Assert.InRange(gateway.Keys.UnknownCount, 800, 1000);
        Assert.Equal(0, gateway.Keys.KnownCount);
    }

    [Fact]
    public void A_million_invented_keys_take_no_more_room_than_the_table_has()
    {
        var unknown = new UnknownKeys(TimeProvider.System);
        var random = new Random(6);
        KeyHash last = default;

        for (var i = 0; i < 1_000_000; i++)
        {
            last = new KeyHash((ulong)random.NextInt64(), (ulong)random.NextInt64(), 0, 0);
            unknown.Add(last);
        }

        Assert.Equal(UnknownKeys.Capacity, unknown.Count);
        Assert.True(unknown.Contains(last));
        unknown.Remove(last);
        Assert.False(unknown.Contains(last));
        unknown.Clear();
        Assert.Equal(0, unknown.Count);
    }

    [Fact]
    public async Task Keys_outlive_a_restart()
    {
        var (_, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });

        for (var i = 0; i < 2; i++)
        {
            await using var gateway = await fixture.StartAsync();
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, key));
        }
    }

    [Fact]
    public async Task Without_its_database_a_gateway_knows_the_keys_it_has_met_and_answers_503_for_others()
    {
        await using var postgres = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = false }, Ended);
        await postgres.CreateDatabaseAsync("alone", Ended);
        string[] own = [$"--ConnectionStrings:Postgres={postgres.ConnectionString("alone", "gateway")}"];
        Assert.Equal(0, await Program.Main(["migrate", .. fixture.Settings(own)]));
        Assert.Equal(0, await Program.Main(["demo", .. fixture.Settings(own)]));
        await using var gateway = await fixture.StartAsync(own);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, RunningGateway.UserKey));

        await postgres.StopAsync(Ended);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, RunningGateway.UserKey));
        var watch = Stopwatch.StartNew();
        using var unmet = await gateway.GetAsync("/api/v1/locations", "never-seen-before-key");
        await Answers.IsProblemAsync(unmet, 503, "service.unavailable");
        Assert.Equal(TimeSpan.FromSeconds(2), unmet.Headers.RetryAfter!.Delta);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 20_000);
        using var health = await gateway.GetAsync("/health", key: null);
        using var ready = await gateway.GetAsync("/health/ready", key: null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (health.StatusCode, ready.StatusCode));

        await postgres.RestartAsync(Ended);
        await Wait.UntilAsync(async () => await StatusAsync(gateway, RunningGateway.AdminKey) == HttpStatusCode.OK, TimeSpan.FromSeconds(90), "the database is back", Ended);
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningGateway gateway, string key)
    {
        using var answer = await gateway.GetAsync("/api/v1/locations", key);
        return answer.StatusCode;
    }

    private static Task RefusedSoonAsync(RunningGateway gateway, string key) =>
        Wait.UntilAsync(async () => await StatusAsync(gateway, key) == HttpStatusCode.Unauthorized, Soon, "the key is refused", Ended);
}
