using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Coworking.ComposeTest;

/// <summary>The one URL, with a demo key.</summary>
internal sealed class Api(string address) : IDisposable
{
    internal const string AdminKey = "admin-secret-key-123";
    internal const string UserKey = "user-secret-key-456";

    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://{address}"), Timeout = TimeSpan.FromSeconds(30) };

    internal async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, object? body = null, string key = AdminKey)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("x-api-key", key);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
    }

    internal async Task<JsonNode> GetAsync(string path) => Expect(await SendAsync(HttpMethod.Get, path, key: UserKey), HttpStatusCode.OK, path);

    internal async Task<JsonNode> PostAsync(string path, object body) => Expect(await SendAsync(HttpMethod.Post, path, body), HttpStatusCode.Created, path);

    /// <summary>The lines of the stream until one satisfies; null after the limit.</summary>
    internal async Task<string?> HearAsync(string query, Func<string, bool> satisfies, TaskCompletionSource listening, int seconds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), TimeProvider.System);

        try
        {
            using var answer = await _http.GetAsync(new Uri($"/api/v1/iot/stream?key={UserKey}&{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            listening.TrySetResult();
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));

            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                if (satisfies(line))
                {
                    return line;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            listening.TrySetResult();
        }

        return null;
    }

    public void Dispose() => _http.Dispose();

    private static JsonNode Expect((int Status, JsonNode? Body) answer, HttpStatusCode status, string path) =>
        answer.Status == (int)status ? answer.Body! : throw new Unmet($"{path}: {(int)status} expected, {answer.Status} came: {answer.Body?.ToJsonString()}");
}
