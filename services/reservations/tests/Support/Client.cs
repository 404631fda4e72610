using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Coworking.Hosting.Identity;

namespace Coworking.Reservations.Tests.Support;

/// <summary>A client behind the gateway: it carries the gateway's identity token.</summary>
internal sealed class Client(HttpClient http, string? token)
{
    internal Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    internal Task<Answer> DeleteAsync(string path, string? ifMatch = null) => SendAsync(HttpMethod.Delete, path, ifMatch: ifMatch);

    internal Task<Answer> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

    /// <summary>A POST that carries an Idempotency-Key.</summary>
    internal Task<Answer> PostOnceAsync(string path, object body, string key) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body), key: key);

    internal Task<Answer> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, JsonContent.Create(body));

    internal Task<Answer> PatchAsync(string path, object body, string? ifMatch = null) => SendAsync(HttpMethod.Patch, path, JsonContent.Create(body), ifMatch);

    internal Task<Answer> SendTextAsync(HttpMethod method, string path, string body, string mediaType = "application/json") =>
        SendAsync(method, path, new StringContent(body, Encoding.UTF8, mediaType));

    internal async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, string? ifMatch = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path) { Content = content };

        // A program, not a browser: some routes have a page for people.
        request.Headers.Accept.ParseAdd("application/json");

        if (token is not null)
        {
            request.Headers.Add(GatewayIdentity.Header, token);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var body = text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
        return new Answer(response.StatusCode, body, response.Headers.ETag?.ToString(), response.Content.Headers.ContentType?.MediaType);
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, string? ETag, string? MediaType)
{
    internal string Message => Body.GetProperty("message").GetString()!;

    internal string Code => Body.GetProperty("code").GetString()!;

    internal Guid Id => Body.GetProperty("id").GetGuid();

    internal JsonElement Data => Body.GetProperty("data");

    internal JsonElement this[string member] => Body.GetProperty(member);

    /// <summary>Asserts the status, showing the body where it is another.</summary>
    internal Answer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Body}");
        return this;
    }

    /// <summary>Asserts a refusal in the whole shape that clients rely on.</summary>
    internal Answer Refuses(HttpStatusCode status, string message, string? code = null)
    {
        Is(status);
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(message, Message);
        Assert.Equal(message, Body.GetProperty("detail").GetString());
        Assert.Equal((int)status, Body.GetProperty("status").GetInt32());
        Assert.Equal((int)status, Body.GetProperty("statusCode").GetInt32());
        Assert.True(Body.TryGetProperty("type", out _) && Body.TryGetProperty("title", out _) && Body.TryGetProperty("traceId", out _) && Body.TryGetProperty("error", out _));

        if (code is not null)
        {
            Assert.Equal(code, Code);
        }

        return this;
    }

    internal string[] Errors(string field) => [.. Body.GetProperty("errors").GetProperty(field).EnumerateArray().Select(message => message.GetString()!)];

    internal string[] Ids() => [.. Data.EnumerateArray().Select(row => row.GetProperty("id").GetString()!)];
}
