using System.Net.Http.Headers;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Tests.Access;

public sealed class AccessGateTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("GET", "/api/v1/locations")]
    [InlineData("GET", "/api/v1/nothing/here")]
    [InlineData("GET", "/api/v1/spaces/no-uuid")]
    [InlineData("POST", "/api/v1/api-keys")]
    [InlineData("DELETE", "/api/v1/api-keys/no-uuid")]
    [InlineData("PUT", "/api/v1/api-keys")]
    [InlineData("GET", "/api/v1/iot/stream")]
    public async Task Whoever_has_no_key_learns_nothing_but_that(string method, string path)
    {
        using var without = await fixture.Gateway.SendAsync(method, path, key: null);
        using var wrong = await fixture.Gateway.SendAsync(method, path, key: "nobody-has-this-one");

        await Answers.IsProblemAsync(without, 401, "auth.missing", "Missing x-api-key header");
        await Answers.IsProblemAsync(wrong, 401, "auth.invalid_key", "Invalid API key");
    }

    [Theory]
    [InlineData("HEAD", "/health", 200)]
    [InlineData("HEAD", "/", 200)]
    [InlineData("POST", "/health", 405)]
    [InlineData("POST", "/docs", 405)]
    [InlineData("DELETE", "/openapi/v1.json", 405)]
    [InlineData("POST", "/.well-known/jwks.json", 405)]
    [InlineData("GET", "/health/nothing", 404)]
    public async Task Where_all_is_open_nobody_needs_a_key_to_be_told_so(string method, string path, int status)
    {
        using var answer = await fixture.Gateway.SendAsync(method, path, key: null);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Who_only_reads_the_document_is_not_held_to_a_version_of_it()
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/openapi/v1.json", key: null, more: request => request.Headers.TryAddWithoutValidation("If-Match", "\"1\""));

        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ключ-не-ascii-16-знаков")]
    [InlineData("admin-secret-key-123,admin-secret-key-123")]
    [InlineData("ADMIN-SECRET-KEY-123")]
    [InlineData("' or 1=1 --")]
    public async Task What_can_be_no_key_is_an_invalid_key(string key)
    {
        using var answer = await fixture.Gateway.GetAsync("/api/v1/locations", key);

        await Answers.IsProblemAsync(answer, 401, "auth.invalid_key");
    }

    [Fact]
    public async Task A_key_of_a_thousand_characters_and_two_headers_at_once_are_invalid_keys()
    {
        using var longKey = await fixture.Gateway.GetAsync("/api/v1/locations", new string('k', 1000));
        using var twice = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request => request.Headers.TryAddWithoutValidation("X-API-KEY", RunningGateway.UserKey));

        await Answers.IsProblemAsync(longKey, 401, "auth.invalid_key");
        await Answers.IsProblemAsync(twice, 401, "auth.invalid_key");
    }

    [Fact]
    public async Task Judgement_of_form_and_role_comes_after_the_key()
    {
        using var user = await fixture.Gateway.SendAsync("POST", "/api/v1/api-keys", RunningGateway.UserKey, new StringContent("{no json", new MediaTypeHeaderValue("application/json")));
        using var admin = await fixture.Gateway.SendAsync("POST", "/api/v1/api-keys", body: new StringContent("{no json", new MediaTypeHeaderValue("application/json")));

        await Answers.IsProblemAsync(user, 403, "auth.forbidden", "This endpoint requires admin access");
        await Answers.IsProblemAsync(admin, 400, "request.invalid", "not valid JSON");
    }

    [Theory]
    [InlineData(RunningGateway.AdminKey, "ADMIN")]
    [InlineData(RunningGateway.UserKey, "USER")]
    public async Task Services_get_an_identity_that_verifies_and_none_of_the_callers_own_proof(string key, string role)
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", key, more: request =>
        {
            request.Headers.Add("Authorization", "Bearer stolen");
            request.Headers.Add("x-device-key", "device-secret");
        });

        var echo = await Echo.OfAsync(answer);
        using var verifier = new IdentityTokenVerifier(fixture.Identity.PublicKey, TimeProvider.System);
        var caller = verifier.Verify(echo.Headers["x-coworking-identity"])!;
        Assert.Equal((role, "key"), (caller.Role, caller.Kind));
        Assert.Equal(await fixture.SqlAsync($"select id::text from api_keys where role = '{role}' and is_demo"), caller.Subject);
        Assert.Empty(caller.Scopes);
        Assert.DoesNotContain("x-api-key", echo.Headers.Keys);
        Assert.DoesNotContain("authorization", echo.Headers.Keys);
        Assert.DoesNotContain("x-device-key", echo.Headers.Keys);
        Assert.DoesNotContain(key, string.Join(' ', echo.Headers.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Coworking-Identity")]
    [InlineData("x-coworking-identity")]
    [InlineData("X-COWORKING-IDENTITY")]
    public async Task A_forged_identity_is_replaced_and_helps_nobody_without_a_key(string header)
    {
        using var signer = new IdentityTokenSigner(Coworking.Local.PlatformKeys.Create().SigningKey, TimeProvider.System);
        var forged = signer.TokenFor(new Caller("me", "key", Roles.Admin, null, EmailVerified: false, []));
        void Forge(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation(header, [forged, forged]);

        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", RunningGateway.UserKey, more: Forge);
        using var without = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", key: null, more: Forge);
        using var named = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", RunningGateway.UserKey, more: request => request.Headers.TryAddWithoutValidation("Connection", header));

        using var verifier = new IdentityTokenVerifier(fixture.Identity.PublicKey, TimeProvider.System);
        Assert.Equal(Roles.User, verifier.Verify((await Echo.OfAsync(answer)).Headers["x-coworking-identity"])!.Role);
        Assert.Equal(Roles.User, verifier.Verify((await Echo.OfAsync(named)).Headers["x-coworking-identity"])!.Role);
        await Answers.IsProblemAsync(without, 401, "auth.missing");
    }

    [Fact]
    public async Task A_devices_key_passes_to_the_readings_and_nowhere_else()
    {
        static void Device(HttpRequestMessage request) => request.Headers.Add("x-device-key", "device-secret");
        // No API key beside it: devices have none.
        using var readings = await fixture.Gateway.SendAsync("POST", "/api/v1/readings/devices/7/readings", key: null, more: Device);
        using var devices = await fixture.Gateway.SendAsync("GET", "/api/v1/devices", more: Device);

        Assert.Equal("device-secret", (await Echo.OfAsync(readings)).Headers["x-device-key"]);
        Assert.DoesNotContain("x-device-key", (await Echo.OfAsync(devices)).Headers.Keys);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/db")]
    public async Task Health_asks_nobody_who_he_is(string path)
    {
        using var without = await fixture.Gateway.GetAsync(path, key: null);
        using var wrong = await fixture.Gateway.GetAsync(path, key: "nobody-has-this-one");

        Assert.Equal((200, 200), ((int)without.StatusCode, (int)wrong.StatusCode));
    }

    [Theory]
    [InlineData("read", "GET", "/api/v1/bookings", 200)]
    [InlineData("read", "POST", "/api/v1/bookings", 403)]
    [InlineData("bookings:write", "POST", "/api/v1/bookings/7/check-in", 200)]
    [InlineData("bookings:write", "GET", "/api/v1/bookings", 403)]
    [InlineData("bookings:write", "POST", "/api/v1/spaces", 403)]
    [InlineData("iot:read", "GET", "/api/v1/IOT/spaces/7/twin", 200)]
    [InlineData("write", "POST", "/api/v1/api-keys", 403)]
    [InlineData("api-keys:read", "GET", "/api/v1/api-keys", 200)]
    public async Task A_narrowed_key_does_what_its_scopes_say_and_makes_no_keys(string scope, string method, string path, int status)
    {
        var (_, key) = await fixture.Gateway.CreateKeyAsync(new { role = "ADMIN", scopes = new[] { scope } });

        using var answer = await fixture.Gateway.SendAsync(method, path, key, method == "POST" ? new { role = "ADMIN" } : null);

        Assert.Equal(status, (int)answer.StatusCode);

        if (status == 403)
        {
            await Answers.IsProblemAsync(answer, 403, "auth.out_of_scope");
        }
    }
}
