using System.Net.Http.Json;
using System.Text.Json;

namespace Coworking.Faults.Fuzz;

/// <summary>The key that a run sends with.</summary>
internal static class FuzzKey
{
    // wire.md: known to everybody, in Development only.
    private const string DemoKey = "admin-secret-key-123";

    /// <summary>An ADMIN key for programs that send more than people do.</summary>
    public static async Task<string> MakeAsync(HttpClient gateway, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/api-keys", UriKind.Relative))
        {
            Content = JsonContent.Create(new { role = "ADMIN", label = "fuzz", limit = new { perMinute = 600_000 } }),
        };
        request.Headers.Add("x-api-key", DemoKey);
        using var answer = await gateway.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("key").GetString()!;
    }
}
