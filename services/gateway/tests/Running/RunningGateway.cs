using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Gateway.ApiKeys;
using Coworking.Hosting.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Gateway.Tests.Running;

/// <summary>A gateway on a port of its own, inside the test process.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    internal const string AdminKey = "admin-secret-key-123";
    internal const string UserKey = "user-secret-key-456";

    private readonly WebApplication _app;

    private RunningGateway(WebApplication app)
    {
        _app = app;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // As a browser: whoever closes a stream closes its connection, and does not read on for two seconds.
            MaxResponseDrainSize = 0,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
            // Certificates of tests are vouched for by nobody.
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost" },
        };
        Http = new HttpClient(handler) { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(90) };
    }

    internal HttpClient Http { get; }

    internal KeyRing Keys => Service<KeyRing>();

    internal T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    internal static async Task<RunningGateway> StartAsync(IEnumerable<string> settings, TimeProvider? clock = null)
    {
        var builder = GatewaySetup.CreateBuilder(["--urls=http://127.0.0.1:0", .. settings]);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        var app = Program.Build(builder);

        try
        {
            await app.StartAsync();
            // With the first connection everything remembered is dropped; tests count from there. Without a database it does not come.
            await app.Services.GetRequiredService<PostgresListener>().Listening
                .WaitAsync(TimeSpan.FromSeconds(20)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new RunningGateway(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    internal Task<HttpResponseMessage> SendAsync(
        string method, string path, string? key = AdminKey, object? body = null, Action<HttpRequestMessage>? more = null, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("x-api-key", key);
        }

        if (body is not null)
        {
            request.Content = body as HttpContent ?? JsonContent.Create(body);
        }

        more?.Invoke(request);
        return Http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }

    internal Task<HttpResponseMessage> GetAsync(string path, string? key = AdminKey) => SendAsync("GET", path, key);

    /// <summary>Makes a key through the API; gives its id and text.</summary>
    internal async Task<(string Id, string Key)> CreateKeyAsync(object body)
    {
        using var answer = await SendAsync("POST", "/api/v1/api-keys", body: body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var row = await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        return (row!["id"]!.GetValue<string>(), row["key"]!.GetValue<string>());
    }

    /// <summary>Counts of key_lookups of this gateway and no other in the process, by result.</summary>
    internal LookupCounts CountLookups() => new(Service<IMeterFactory>());

    /// <summary>As on SIGTERM.</summary>
    internal Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

internal sealed class LookupCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> _counts = new();

    internal LookupCounts(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name.EndsWith("key_lookups", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, value, (_, sum) => sum + value));
        _listener.Start();
    }

    internal long this[string result] => _counts.GetValueOrDefault(result);

    public void Dispose() => _listener.Dispose();
}

internal static class Answers
{
    /// <summary>The answer is a problem in the shape of the contract, with this status, code and message.</summary>
    internal static async Task<JsonObject> IsProblemAsync(HttpResponseMessage answer, int status, string? code = null, string? message = null)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)answer.StatusCode, $"{status} expected, {(int)answer.StatusCode} came: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonObject>(text)!;
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Equal(status, problem["statusCode"]!.GetValue<int>());
        Assert.Equal(problem["detail"]!.GetValue<string>(), problem["message"]!.GetValue<string>());
        Assert.NotEmpty(problem["title"]!.GetValue<string>());
        Assert.NotEmpty(problem["type"]!.GetValue<string>());
        Assert.NotEmpty(problem["error"]!.GetValue<string>());
        Assert.NotEmpty(problem["traceId"]!.GetValue<string>());
        Assert.NotEmpty(problem["code"]!.GetValue<string>());
        Assert.NotEmpty(answer.Headers.GetValues("x-request-id"));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));

        if (code is not null)
        {
            Assert.Equal(code, problem["code"]!.GetValue<string>());
        }

        if (message is not null)
        {
            Assert.Contains(message, problem["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        return problem;
    }
}
