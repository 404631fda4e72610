using System.Net;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.ApiKeys;

/// <summary>In a database of its own: the last key is the last of all.</summary>
public sealed class LastAdminKeyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Keys = "/api/v1/api-keys";

    [Fact]
    public async Task The_last_key_that_can_make_keys_is_not_taken_away_even_by_two_at_once()
    {
        var (narrow, _) = await fixture.Gateway.CreateKeyAsync(new { role = "ADMIN", scopes = new List<string> { "read" } });
        var (first, firstKey) = await fixture.Gateway.CreateKeyAsync(new { role = "ADMIN" });
        await fixture.SqlAsync("update api_keys set revoked_at = now() where is_demo and role = 'ADMIN'");

        foreach (var (method, body) in new (string, object?)[] { ("DELETE", null), ("PATCH", new { scopes = new List<string> { "read", "write" } }) })
        {
            using var refused = await fixture.Gateway.SendAsync(method, $"{Keys}/{first}", firstKey, body);
            await Answers.IsProblemAsync(refused, 409, "api_key.last_admin", "make another one first");
        }

        using var other = await fixture.Gateway.SendAsync("DELETE", $"{Keys}/{narrow}", firstKey);
        Assert.Equal(HttpStatusCode.NoContent, other.StatusCode);
        using var made = await fixture.Gateway.SendAsync("POST", Keys, firstKey, new { role = "ADMIN", key = "the-second-admin-key" });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var second = made.Headers.Location!.OriginalString;

        var answers = await Task.WhenAll(
            fixture.Gateway.SendAsync("DELETE", $"{Keys}/{first}", firstKey), fixture.Gateway.SendAsync("DELETE", second, "the-second-admin-key"));

        // The later one is refused for what it wants, or because its own key has just gone.
        var statuses = answers.Select(answer => (int)answer.StatusCode).Order().ToList();
        Assert.Equal(204, statuses[0]);
        Assert.True(statuses[1] is 401 or 409, $"{statuses[1]} came");
        Assert.Equal(1L, await fixture.SqlAsync("select count(*) from api_keys where role = 'ADMIN' and revoked_at is null"));
    }
}
