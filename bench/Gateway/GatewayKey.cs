using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>The key that the load carries: a client application's, with a limit that is counted and never reached.</summary>
internal static class GatewayKey
{
    public static async Task<string> CreateAsync(Uri gateway, string admin, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        http.DefaultRequestHeaders.Add("x-api-key", admin);
        var text = "";
        // The first request may come before the gateway has its connection to the database.
        await Wait.UntilAsync(
            async () =>
            {
                using var answer = await http.PostAsJsonAsync("/api/v1/api-keys", new { role = "USER", label = "bench", limit = new { perMinute = 100_000_000, burst = 1_000_000 } }, cancellationToken);
                text = await answer.Content.ReadAsStringAsync(cancellationToken);
                return answer.IsSuccessStatusCode;
            },
            TimeSpan.FromSeconds(20),
            "a key is made",
            cancellationToken);
        using var created = JsonDocument.Parse(text);
        return created.RootElement.GetProperty("key").GetString()!;
    }
}
