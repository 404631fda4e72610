using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Coworking.SystemTests.Running;

/// <summary>A client of the gateway that holds a key, or none.</summary>
internal sealed class ApiClient(Uri gateway, string? key) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(90) };

    internal HttpClient Http => _http;

    internal string? Key => key;

    public void Dispose() => _http.Dispose();

    internal Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    internal Task<Answer> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

    internal Task<Answer> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, JsonContent.Create(body));

    internal Task<Answer> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, path, JsonContent.Create(body));

    internal Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    internal async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, headers);
        request.Content = content;
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer($"{method} {path}", response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    internal HttpRequestMessage Request(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));

        if (key is not null)
        {
            request.Headers.Add("x-api-key", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    internal static StringContent Body(string text, string? mediaType = "application/json")
    {
        var content = new StringContent(text, Encoding.UTF8);
        content.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);
        return content;
    }

    /// <summary>Whether the service behind the path answers at all: 503 is what a client meets while it is away.</summary>
    internal async Task<bool> ServesAsync(string path) => (await GetAsync(path)).Status == HttpStatusCode.OK;
}
