using System.Net;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.ApiKeys;

/// <summary>In a database of its own, in which no key can make keys: people with accounts do that work.</summary>
public sealed class NoAdminKeyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task Without_a_key_that_can_make_keys_every_other_key_is_still_changed_and_revoked()
    {
        var gateway = fixture.Gateway;
        var (leaked, key) = await gateway.CreateKeyAsync(new { role = "USER" });
        var (narrow, _) = await gateway.CreateKeyAsync(new { role = "ADMIN", scopes = new List<string> { "read" } });
        await fixture.SqlAsync("update api_keys set revoked_at = now() where role = 'ADMIN' and scopes = '{}'");
        using var login = await Person.TryAsync(gateway.Http, "admin@example.com", "Demo-Admin-1");
        var admin = Person.Of("admin@example.com", "Demo-Admin-1", await Person.JsonAsync(login, HttpStatusCode.OK));

        using var narrowed = await admin.SendAsync(gateway, "PATCH", $"/api/v1/api-keys/{leaked}", new { scopes = new List<string> { "read" } });
        Assert.Equal(HttpStatusCode.OK, narrowed.StatusCode);

        foreach (var id in new[] { leaked, narrow })
        {
            using var revoked = await admin.SendAsync(gateway, "DELETE", $"/api/v1/api-keys/{id}");
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
            using var again = await admin.SendAsync(gateway, "DELETE", $"/api/v1/api-keys/{id}");
            await Answers.IsProblemAsync(again, 404);
        }

        using var refused = await gateway.GetAsync("/api/v1/locations", key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }
}
