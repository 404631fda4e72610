using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Local;

namespace Coworking.Faults.Fuzz;

/// <summary>What a run sends with and what it has to itself: nothing that was there before is ever changed.</summary>
internal static class FuzzScene
{
    // wire.md: known to everybody, in Development only.
    private const string DemoKey = "admin-secret-key-123";

    private const int Spaces = 3;

    /// <summary>An ADMIN key for programs that send more than people do.</summary>
    public static async Task<string> KeyAsync(HttpClient gateway, CancellationToken cancellationToken)
    {
        var made = await SendAsync(gateway, HttpMethod.Post, "/api/v1/api-keys", DemoKey, new { role = "ADMIN", label = "fuzz", limit = new { perMinute = 600_000 } }, cancellationToken);
        return made.GetProperty("key").GetString()!;
    }

    /// <summary>A location with spaces and a device that both services know, and alerts that are over.</summary>
    public static async Task SetAsync(HttpClient gateway, string key, Ids ids, CancellationToken cancellationToken)
    {
        var location = await MakeAsync("/api/v1/locations", new { name = "Fuzz", latitude = 1, longitude = 1 });

        for (var n = 0; n < Spaces; n++)
        {
            var space = await MakeAsync("/api/v1/spaces", new { locationId = location, name = $"Fuzz {n}", capacity = 10 + n });
            await Wait.UntilAsync(async () => (await TryAsync(gateway, HttpMethod.Get, $"/api/v1/iot/spaces/{space}/twin", key, null, cancellationToken)) is not null, TimeSpan.FromSeconds(90), "iot-ingest knows the space", cancellationToken);
            await MakeAsync("/api/v1/devices", new { serialNumber = $"SN-{space:N}", spaceId = space });
        }

        foreach (var alert in (await SendAsync(gateway, HttpMethod.Get, "/api/v1/alerts?status=resolved", key, null, cancellationToken)).GetProperty("data").EnumerateArray())
        {
            ids.Add("alerts", alert.GetProperty("id").GetString()!);
        }

        async Task<Guid> MakeAsync(string path, object body)
        {
            var made = await SendAsync(gateway, HttpMethod.Post, path, key, body, cancellationToken);
            ids.Remember(path, made);
            return made.GetProperty("id").GetGuid();
        }
    }

    private static async Task<JsonElement> SendAsync(HttpClient gateway, HttpMethod method, string path, string key, object? body, CancellationToken cancellationToken) =>
        await TryAsync(gateway, method, path, key, body, cancellationToken) ?? throw new InvalidOperationException($"{method} {path} was refused");

    private static async Task<JsonElement?> TryAsync(HttpClient gateway, HttpMethod method, string path, string key, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("x-api-key", key);
        using var answer = await gateway.SendAsync(request, cancellationToken);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken) : null;
    }
}
