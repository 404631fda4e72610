using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Database;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coworking.Gateway.Tests.ApiKeys;

public sealed class ApiKeysTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Keys = "/api/v1/api-keys";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_made_key_is_shown_once_works_and_is_kept_as_a_hash_only()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", Keys, body: new { role = "USER", label = "Web client", scopes = new List<string> { "read", "read" }, expiresAt = "2099-01-01T00:00:00+02:00" });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = (await answer.Content.ReadFromJsonAsync<JsonObject>(Ended))!;
        var (id, key) = ((string)made["id"]!, (string)made["key"]!);
        Assert.Matches("^cw_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$", key);
        Assert.Contains(id.Replace("-", "", StringComparison.Ordinal), key, StringComparison.Ordinal);
        Assert.Equal($"{Keys}/{id}", answer.Headers.Location!.OriginalString);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(["id", "key", "role", "label", "scopes", "createdAt", "expiresAt", "limit"], made.Select(member => member.Key));
        Assert.Equal(("USER", "Web client", "[\"read\"]", "2098-12-31T22:00:00.000Z"), ((string)made["role"]!, (string)made["label"]!, made["scopes"]!.ToJsonString(), (string)made["expiresAt"]!));

        using var used = await fixture.Gateway.GetAsync("/api/v1/locations", key);
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        using var shown = await fixture.Gateway.GetAsync($"{Keys}/{id}");
        Assert.DoesNotContain(key, await shown.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from api_keys where id = '{id}' and key_hash = sha256('{key}'::bytea) and api_keys::text not like '%{key}%'"));
    }

    [Fact]
    public async Task A_list_pages_through_all_keys_in_use_and_shows_none()
    {
        var made = new List<string>();

        for (var i = 0; i < 3; i++)
        {
            made.Add((await fixture.Gateway.CreateKeyAsync(new { role = "USER", label = $"L{i}" })).Id);
        }

        using var revoked = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{made[1]}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        var (rows, page) = (new List<JsonObject>(), 1);
        JsonObject list;

        do
        {
            using var answer = await fixture.Gateway.GetAsync($"{Keys}?page={page++}&pageSize=2");
            list = (await answer.Content.ReadFromJsonAsync<JsonObject>(Ended))!;
            rows.AddRange(list["data"]!.AsArray().Select(row => row!.AsObject()));
        }
        while (page <= (int)list["meta"]!["totalPages"]!);

        var ids = rows.Select(row => (string)row["id"]!).ToList();
        Assert.Equal((int)list["meta"]!["total"]!, ids.Distinct().Count());
        Assert.Contains(made[0], ids);
        Assert.Contains(made[2], ids);
        Assert.DoesNotContain(made[1], ids);
        Assert.All(rows, row => Assert.Equal(["id", "role", "label", "scopes", "createdAt", "expiresAt", "lastUsedAt", "limit", "rotatedAt"], row.Select(member => member.Key)));
        using var past = await fixture.Gateway.GetAsync($"{Keys}?page=2147483647&pageSize=100");
        Assert.Empty((await past.Content.ReadFromJsonAsync<JsonObject>(Ended))!["data"]!.AsArray());
    }

    [Theory]
    [InlineData("{}", "role", "role must be ADMIN or USER")]
    [InlineData("""{"role":"CUSTOMER"}""", "role", "role must be ADMIN or USER")]
    [InlineData("""{"role":5}""", "role", "role has the wrong type or form")]
    [InlineData("""{"role":"USER","label":""}""", "label", "label must have")]
    [InlineData("""{"role":"USER","label":"a\u0000b"}""", "label", "label must have")]
    [InlineData("""{"role":"USER","scopes":["everything"]}""", "scopes", "scopes must be")]
    [InlineData("""{"role":"USER","scopes":[null]}""", "scopes", "scopes must be")]
    [InlineData("""{"role":"USER","scopes":"read"}""", "scopes", "scopes has the wrong type or form")]
    [InlineData("""{"role":"USER","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt", "expiresAt must be in the future")]
    [InlineData("""{"role":"USER","expiresAt":"2099-01-01T00:00:00"}""", "expiresAt", "expiresAt must be an RFC 3339 time with a zone")]
    [InlineData("""{"role":"USER","limit":{}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"burst":5}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"perMinute":0}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"perMinute":100000001}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"perMinute":1,"burst":0}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"perMinute":1,"burst":1000001}}""", "limit", "limit must have perMinute")]
    [InlineData("""{"role":"USER","limit":{"perMinute":1.5}}""", "limit.perMinute", "limit.perMinute has the wrong type or form")]
    [InlineData("""{"role":"USER","limit":600}""", "limit", "limit has the wrong type or form")]
    [InlineData("""{"role":"USER","key":"fifteen-letters"}""", "key", "key must have 16 to 256")]
    [InlineData("""{"role":"USER","key":"with a blank inside"}""", "key", "key must have 16 to 256")]
    [InlineData("""{"role":"USER","key":"admin-secret-key-123"}""", "key", "key must not be one of the published demo keys")]
    public async Task A_bad_member_is_named_with_what_it_must_be_and_nothing_is_written(string body, string field, string message)
    {
        var before = await fixture.SqlAsync("select count(*) from api_keys");

        using var answer = await fixture.Gateway.SendAsync("POST", Keys, body: new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        var problem = await Answers.IsProblemAsync(answer, 400, "request.invalid", message);
        Assert.Contains(message, (string)problem["errors"]![field]![0]!, StringComparison.Ordinal);
        Assert.Equal(before, await fixture.SqlAsync("select count(*) from api_keys"));
    }

    [Fact]
    public async Task The_longest_and_shortest_of_every_member_are_good_and_one_more_is_not()
    {
        var expiry = TimeProvider.System.GetUtcNow().AddDays(1);

        foreach (var (good, bad, field) in new (object Good, object Bad, string Field)[]
        {
            (new { role = "USER", label = "l" }, new { role = "USER", label = "" }, "label"),
            (new { role = "USER", label = new string('l', 200) }, new { role = "USER", label = new string('l', 201) }, "label"),
            (new { role = "USER", scopes = Scopes(20) }, new { role = "USER", scopes = Scopes(21) }, "scopes"),
            (new { role = "USER", key = Text(16) }, new { role = "USER", key = Text(15) }, "key"),
            (new { role = "USER", key = Text(256) }, new { role = "USER", key = Text(257) }, "key"),
            (new { role = "USER", limit = new { perMinute = 1, burst = 1 } }, new { role = "USER", limit = new { perMinute = 0, burst = 1 } }, "limit"),
            (new { role = "USER", limit = new { perMinute = 100_000_000, burst = 1_000_000 } }, new { role = "USER", limit = new { perMinute = 100_000_000, burst = 1_000_001 } }, "limit"),
            (new { role = "USER", expiresAt = expiry }, new { role = "USER", expiresAt = expiry.AddDays(-2) }, "expiresAt"),
        })
        {
            await fixture.Gateway.CreateKeyAsync(good);
            using var refused = await fixture.Gateway.SendAsync("POST", Keys, body: bad);
            var problem = await Answers.IsProblemAsync(refused, 400, "request.invalid");
            Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
        }

        static string[] Scopes(int count) => [.. Enumerable.Range(0, count).Select(i => $"area{(char)('a' + i)}:read")];
        static string Text(int length) => Guid.CreateVersion7().ToString("N")[^12..] + new string('~', length - 12);
    }

    [Fact]
    public async Task Every_bad_member_is_named_at_once()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", Keys, body: new { role = "x", label = new string('l', 201), key = "short" });

        var problem = await Answers.IsProblemAsync(answer, 400, "request.invalid");
        Assert.Equal(["key", "label", "role"], problem["errors"]!.AsObject().Select(error => error.Key).Order());
    }

    [Fact]
    public async Task Bodies_that_are_no_json_object_are_refused()
    {
        foreach (var (body, type, status) in new[] { ("", "application/json", 400), ("[]", "application/json", 400), ("null", "application/json", 400), ("role=ADMIN", "application/x-www-form-urlencoded", 415) })
        {
            using var answer = await fixture.Gateway.SendAsync("POST", Keys, body: new StringContent(body, System.Text.Encoding.UTF8, type));
            await Answers.IsProblemAsync(answer, status);
        }
    }

    [Fact]
    public async Task A_key_of_the_callers_own_choice_works_and_cannot_be_made_twice_even_after_it_was_revoked()
    {
        var key = $"my-own-{Guid.CreateVersion7():N}";
        using (var unknown = await fixture.Gateway.GetAsync("/api/v1/locations", key))
        {
            await Answers.IsProblemAsync(unknown, 401, "auth.invalid_key");
        }

        var (id, text) = await fixture.Gateway.CreateKeyAsync(new { role = "USER", key });
        Assert.Equal(key, text);
        using var used = await fixture.Gateway.GetAsync("/api/v1/locations", key);
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        using var again = await fixture.Gateway.SendAsync("POST", Keys, body: new { role = "ADMIN", key });
        await Answers.IsProblemAsync(again, 409, "api_key.exists");

        using var revoked = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        using var late = await fixture.Gateway.SendAsync("POST", Keys, body: new { role = "ADMIN", key });
        await Answers.IsProblemAsync(late, 409, "api_key.exists");
    }

    [Fact]
    public async Task Revoking_is_refused_where_there_is_nothing_to_revoke()
    {
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        using var first = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{id}");
        using var second = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{id}");
        using var unknown = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{Guid.CreateVersion7()}");
        using var noId = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/no-uuid");
        using var gone = await fixture.Gateway.GetAsync($"{Keys}/{id}");
        using var used = await fixture.Gateway.GetAsync("/api/v1/locations", key);

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        await Answers.IsProblemAsync(second, 404, "api_key.not_found", "API key not found");
        await Answers.IsProblemAsync(unknown, 404, "api_key.not_found", "API key not found");
        await Answers.IsProblemAsync(noId, 400, "request.invalid", "id must be a valid UUID");
        await Answers.IsProblemAsync(gone, 404, "api_key.not_found");
        await Answers.IsProblemAsync(used, 401, "auth.invalid_key");
    }

    [Fact]
    public async Task Of_sixteen_who_make_the_same_key_at_once_one_succeeds()
    {
        var key = $"contested-{Guid.CreateVersion7():N}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => fixture.Gateway.SendAsync("POST", Keys, body: new { role = "USER", key })));

        Assert.Equal([.. Enumerable.Repeat(409, 15).Prepend(201)], answers.Select(answer => (int)answer.StatusCode).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_a_key_was_last_used_is_written_in_time_and_not_by_the_request(bool isChangedMeanwhile)
    {
        var (id, key) = await fixture.Gateway.CreateKeyAsync(new { role = "USER" });
        var writer = fixture.Gateway.Service<IEnumerable<IHostedService>>().OfType<LastUseWriter>().Single();
        using var used = await fixture.Gateway.GetAsync("/api/v1/locations", key);

        if (isChangedMeanwhile)
        {
            var changes = fixture.Gateway.Keys.Changes;
            using var changed = await fixture.Gateway.SendAsync("PATCH", $"{Keys}/{id}", body: new { label = "Other" });
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            await Wait.UntilAsync(() => fixture.Gateway.Keys.Changes > changes, TimeSpan.FromSeconds(60), "the gateway has heard of the change", Ended);
        }

        // Its own turn may be on its way with it.
        await Wait.UntilAsync(
            async () =>
            {
                await writer.WriteAsync();
                return await fixture.SqlAsync($"select last_used_at is not null from api_keys where id = '{id}'") is true;
            },
            TimeSpan.FromSeconds(60), "the last use is written", Ended);
    }

    [Fact]
    public async Task Every_mapped_table_and_column_exists()
    {
        await using var scope = fixture.Gateway.Service<IServiceScopeFactory>().CreateAsyncScope();
        var types = scope.ServiceProvider.GetRequiredService<GatewayDb>().Model.GetEntityTypes().ToList();
        Assert.NotEmpty(types);

        foreach (var type in types)
        {
            foreach (var property in type.GetProperties())
            {
                Assert.Equal(1L, await fixture.SqlAsync(
                    $"select count(*) from information_schema.columns where table_schema = '{type.GetSchema()}' and table_name = '{type.GetTableName()}' and column_name = '{property.GetColumnName()}'"));
            }
        }
    }
}
