using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.ApiKeys;

public sealed class ChangeKeyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Keys = "/api/v1/api-keys";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_touches_what_it_names_and_nothing_else()
    {
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER", label = "Kiosk", scopes = new List<string> { "read" }, expiresAt = "2099-01-01T00:00:00Z", limit = new { perMinute = 6000 } });
        Assert.Equal(403, await StatusAsync(key, "POST"));

        var wider = await ChangeAsync(id, new { scopes = new List<string> { "read", "bookings:write" } });
        Assert.Equal(("Kiosk", "2099-01-01T00:00:00.000Z", """{"perMinute":6000,"burst":1000}"""), ((string)wider["label"]!, (string)wider["expiresAt"]!, wider["limit"]!.ToJsonString()));
        Assert.Equal(200, await StatusAsync(key, "POST"));

        var plain = await ChangeAsync(id, new { label = (string?)null, scopes = (string[]?)null, expiresAt = (string?)null, limit = (object?)null });
        Assert.Equal("[]", plain["scopes"]!.ToJsonString());
        Assert.Equal([true, true, true], [plain["label"] is null, plain["expiresAt"] is null, plain["limit"] is null]);
        var same = await ChangeAsync(id, new { });
        Assert.Equal(plain.ToJsonString(), same.ToJsonString());
    }

    [Theory]
    [InlineData("""{"role":"ADMIN"}""", "role", "role cannot be changed")]
    [InlineData("""{"role":null}""", "role", "role cannot be changed")]
    [InlineData("""{"label":""}""", "label", "label must have")]
    [InlineData("""{"scopes":["all"]}""", "scopes", "scopes must be")]
    [InlineData("""{"expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt", "expiresAt must be in the future")]
    [InlineData("""{"expiresAt":"tomorrow"}""", "expiresAt", "expiresAt must be an RFC 3339 time")]
    [InlineData("""{"limit":{"perMinute":-1}}""", "limit", "limit must have")]
    [InlineData("""{"limit":{"perMinute":60,"burst":"many"}}""", "limit", "limit has the wrong type or form")]
    public async Task A_bad_member_of_a_change_is_named(string body, string field, string message)
    {
        var (id, _) = await fixture.Gateway.CreateKeyAsync(new { role = "USER", label = "Kiosk" });

        using var answer = await fixture.Gateway.SendAsync("PATCH", $"{Keys}/{id}", body: new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        var problem = await Answers.IsProblemAsync(answer, 400, "request.invalid", message);
        Assert.Contains(message, (string)problem["errors"]![field]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_unknown_or_revoked_can_be_neither_changed_nor_rotated()
    {
        var (id, _) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        using var revoked = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);

        foreach (var one in new[] { id, Guid.CreateVersion7().ToString() })
        {
            using var changed = await fixture.Gateway.SendAsync("PATCH", $"{Keys}/{one}", body: new { label = "x" });
            using var rotated = await fixture.Gateway.SendAsync("POST", $"{Keys}/{one}/rotate", body: new { });
            await Answers.IsProblemAsync(changed, 404, "api_key.not_found");
            await Answers.IsProblemAsync(rotated, 404, "api_key.not_found");
        }

        using var noId = await fixture.Gateway.SendAsync("POST", $"{Keys}/7/rotate");
        await Answers.IsProblemAsync(noId, 400, "request.invalid", "id must be a valid UUID");
    }

    [Fact]
    public async Task A_rotated_key_has_two_secrets_until_the_overlap_ends_to_the_tick()
    {
        var clock = new StillClock();
        await using var gateway = await fixture.StartAsync(clock);
        var (id, old) = await gateway.CreateKeyAsync(new { role = "USER" });
        Assert.Equal(200, await StatusAsync(old, gateway: gateway));

        using var answer = await gateway.SendAsync("POST", $"{Keys}/{id}/rotate", body: new { overlapMinutes = 5 });
        var rotated = (await answer.Content.ReadFromJsonAsync<JsonObject>(Ended))!;
        Assert.Equal(["id", "key", "role", "rotatedAt", "previousGoodUntil"], rotated.Select(member => member.Key));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var fresh = (string)rotated["key"]!;
        Assert.NotEqual(old, fresh);
        Assert.StartsWith($"cw_{id.Replace("-", "", StringComparison.Ordinal)}_", fresh, StringComparison.Ordinal);

        Assert.Equal((200, 200), (await StatusAsync(old, gateway: gateway), await StatusAsync(fresh, gateway: gateway)));
        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(10));
        Assert.Equal(200, await StatusAsync(old, gateway: gateway));
        clock.Advance(TimeSpan.FromTicks(10));
        Assert.Equal((401, 200), (await StatusAsync(old, gateway: gateway), await StatusAsync(fresh, gateway: gateway)));
        // Nobody makes a key of a secret that once was one.
        using var again = await gateway.SendAsync("POST", Keys, body: new { role = "ADMIN", key = old });
        await Answers.IsProblemAsync(again, 409, "api_key.exists");
        // Its secrets share its fate.
        using var revoked = await gateway.SendAsync("DELETE", $"{Keys}/{id}");
        Assert.Equal(401, await StatusAsync(fresh, gateway: gateway));
    }

    [Fact]
    public async Task Rotating_without_an_overlap_ends_every_secret_before_on_every_gateway()
    {
        await using var other = await fixture.StartAsync();
        var (id, first) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        var second = await RotateAsync(id, new { overlapMinutes = 10080 });
        Assert.Equal((200, 200), (await StatusAsync(first, gateway: other), await StatusAsync(second, gateway: other)));

        var third = await RotateAsync(id, new { overlapMinutes = 0 });

        Assert.Equal((401, 401, 200), (await StatusAsync(first), await StatusAsync(second), await StatusAsync(third)));
        await Local.Wait.UntilAsync(
            async () => (await StatusAsync(first, gateway: other), await StatusAsync(second, gateway: other), await StatusAsync(third, gateway: other)) == (401, 401, 200),
            TimeSpan.FromSeconds(60), "the other gateway knows", Ended);
    }

    [Fact]
    public async Task An_overlap_is_an_hour_where_none_is_named_and_at_most_a_week()
    {
        var (id, _) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        using var silent = await fixture.Gateway.SendAsync("POST", $"{Keys}/{id}/rotate");
        var row = (await silent.Content.ReadFromJsonAsync<JsonObject>(Ended))!;
        Assert.Equal(TimeSpan.FromHours(1), row["previousGoodUntil"]!.GetValue<DateTimeOffset>() - row["rotatedAt"]!.GetValue<DateTimeOffset>());

        foreach (var (minutes, message) in new[] { ("-1", "overlapMinutes must be"), ("10081", "overlapMinutes must be"), ("1.5", "overlapMinutes has the wrong"), ("\"soon\"", "overlapMinutes has the wrong") })
        {
            using var answer = await fixture.Gateway.SendAsync(
                "POST", $"{Keys}/{id}/rotate", body: new StringContent($$"""{"overlapMinutes":{{minutes}}}""", System.Text.Encoding.UTF8, "application/json"));
            await Answers.IsProblemAsync(answer, 400, "request.invalid", message);
        }
    }

    [Fact]
    public async Task A_demo_key_and_an_expired_one_have_no_secret_to_rotate()
    {
        var clock = new StillClock();
        await using var gateway = await fixture.StartAsync(clock);
        var (id, key) = await gateway.CreateKeyAsync(new { role = "USER", expiresAt = clock.Now.AddMilliseconds(1) });
        Assert.Equal(200, await StatusAsync(key, gateway: gateway));
        clock.Advance(TimeSpan.FromTicks(9990));
        Assert.Equal(200, await StatusAsync(key, gateway: gateway));
        clock.Advance(TimeSpan.FromTicks(10));
        Assert.Equal(401, await StatusAsync(key, gateway: gateway));

        using var expired = await gateway.SendAsync("POST", $"{Keys}/{id}/rotate");
        await Answers.IsProblemAsync(expired, 409, "api_key.expired");
        using var demo = await gateway.SendAsync("POST", $"{Keys}/0197a3c0-0000-7000-8000-000000000002/rotate");
        await Answers.IsProblemAsync(demo, 409, "api_key.is_demo");
        // Given more time it works again, without a new secret.
        using var longer = await gateway.SendAsync("PATCH", $"{Keys}/{id}", body: new { expiresAt = clock.Now.AddMinutes(1) });
        Assert.Equal(200, await StatusAsync(key, gateway: gateway));
        using var now = await gateway.SendAsync("POST", Keys, body: new { role = "USER", expiresAt = clock.Now });
        await Answers.IsProblemAsync(now, 400, "request.invalid", "expiresAt must be in the future");
    }

    private async Task<JsonObject> ChangeAsync(string id, object body)
    {
        using var answer = await fixture.Gateway.SendAsync("PATCH", $"{Keys}/{id}", body: body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Ended))!;
    }

    private async Task<string> RotateAsync(string id, object body)
    {
        using var answer = await fixture.Gateway.SendAsync("POST", $"{Keys}/{id}/rotate", body: body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonObject>(Ended))!["key"]!;
    }

    private async Task<int> StatusAsync(string key, string method = "GET", RunningGateway? gateway = null)
    {
        using var answer = await (gateway ?? fixture.Gateway).SendAsync(method, "/api/v1/bookings", key);
        return (int)answer.StatusCode;
    }
}
