using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>The row of wire.md about API keys, which web clients also ask whether their key is ADMIN.</summary>
public sealed class ApiKeysTests(RunningPlatform running)
{
    private const string Path = "/api/v1/api-keys";

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_key_is_made_used_and_revoked()
    {
        var made = (await _platform.Admin.PostAsync(Path, new { role = "USER", label = "till" })).Expect(HttpStatusCode.Created);
        made.HasMembers("id", "key", "role");
        Assert.StartsWith("cw_", made.Text("key"), StringComparison.Ordinal);
        using var client = new ApiClient(_platform.Platform.Gateway, made.Text("key"));
        (await client.GetAsync("/api/v1/locations")).Expect(HttpStatusCode.OK);
        (await client.GetAsync(Path)).ExpectProblem(HttpStatusCode.Forbidden, "This endpoint requires admin access");

        var list = await TestPlatform.AllAsync(_platform.Admin, Path);
        Assert.Contains(list, row => row.Id() == made.Id());
        Assert.All(list, row => Assert.DoesNotContain(made.Text("key"), row.GetRawText(), StringComparison.Ordinal));
        Assert.All(list, row => Assert.DoesNotContain(Demo.AdminKey, row.GetRawText(), StringComparison.Ordinal));

        (await _platform.Admin.DeleteAsync($"{Path}/{made.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        await Eventually.HoldsAsync(async () => (await client.GetAsync("/api/v1/locations")).Status == HttpStatusCode.Unauthorized, "the revoked key is refused");
        (await _platform.Admin.DeleteAsync($"{Path}/{made.Id()}")).ExpectProblem(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_key_of_the_callers_choice_is_taken_once()
    {
        var key = $"chosen-{Guid.CreateVersion7():N}";
        var made = (await _platform.Admin.PostAsync(Path, new { role = "ADMIN", key })).Expect(HttpStatusCode.Created);
        Assert.Equal(key, made.Text("key"));
        using var client = new ApiClient(_platform.Platform.Gateway, key);
        (await client.GetAsync(Path)).Expect(HttpStatusCode.OK);
        (await _platform.Admin.PostAsync(Path, new { role = "ADMIN", key })).ExpectProblem(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("{}", "role")]
    [InlineData("""{"role":"KING"}""", "role")]
    [InlineData("""{"role":"USER","key":"short"}""", "key")]
    [InlineData("""{"role":"USER","expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    public async Task What_is_wrong_with_a_key_is_named_by_its_field(string body, string field)
    {
        using var content = ApiClient.Body(body);
        (await _platform.Admin.SendAsync(HttpMethod.Post, Path, content)).ExpectProblem(HttpStatusCode.BadRequest, field).At("errors", field);
    }
}
