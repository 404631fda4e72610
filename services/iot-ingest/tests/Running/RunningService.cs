using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Spaces;
using Coworking.Local;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>The service inside the test process, on a port of its own: streams need a real connection.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly Factory _factory;
    private readonly IdentityTokenSigner _signer;
    private readonly HttpClient _http;

    private RunningService(Factory factory, PlatformKeys keys)
    {
        _factory = factory;
        _signer = new IdentityTokenSigner(keys.SigningKey, TimeProvider.System);
        _factory.UseKestrel(0);
        _factory.StartServer();
        Address = new Uri(_factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _http = new HttpClient { BaseAddress = Address, Timeout = TestPlatform.Limit };
    }

    internal Uri Address { get; }

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static async Task<RunningService> StartAsync(TestPlatform platform, string[] settings)
    {
        var service = await Task.Run(() => new RunningService(new Factory(settings), platform.Keys), Ended);
        await Wait.UntilAsync(service.IsHealthyAsync, TestPlatform.Limit, "healthy", Ended);
        return service;
    }

    internal T Service<T>()
        where T : notnull => _factory.Services.GetRequiredService<T>();

    /// <summary>A background part of the service.</summary>
    internal T Hosted<T>() => _factory.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<T>().Single();

    internal Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body = null, string? role = Roles.Admin, Action<HttpRequestMessage>? more = null, bool stream = false)
    {
        var request = new HttpRequestMessage(method, path);

        if (role is not null)
        {
            request.Headers.Add(GatewayIdentity.Header, _signer.TokenFor(new Caller("key:test", "key", role, null, EmailVerified: false, [])));
        }

        request.Content = body is null ? null : body as HttpContent ?? JsonContent.Create(body);
        more?.Invoke(request);
        return _http.SendAsync(request, stream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, Ended);
    }

    internal async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
    }

    /// <summary>The message of a problem, which must have this status and every member of the contract.</summary>
    internal static async Task<string> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
        Assert.Equal((int)status, problem.GetProperty("statusCode").GetInt32());
        Assert.NotNull(problem.GetProperty("code").GetString());
        return problem.GetProperty("message").GetString()!;
    }

    internal Task<EventStream> StreamAsync(string query = "", long? lastEventId = null) => EventStream.OpenAsync(this, query, lastEventId);

    /// <summary>Returns when this replica knows the space (as it should be).</summary>
    internal Task KnowsAsync(Guid space, Func<Space, bool>? asItShouldBe = null) => Wait.UntilAsync(
        () => Service<SpaceDirectory>().TryGet(space, out var known) && (asItShouldBe?.Invoke(known) ?? true), TestPlatform.Limit, $"space {space} known", Ended);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _signer.Dispose();
        await _factory.DisposeAsync();
    }

    private async Task<bool> IsHealthyAsync()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/health/ready", role: null);
        // The whole service, not only one of its parts: a bus that is on its way says Degraded.
        return (await answer.Content.ReadAsStringAsync(Ended)).StartsWith("{\"status\":\"Healthy\"", StringComparison.Ordinal);
    }

    private sealed class Factory(string[] settings) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var setting in settings)
            {
                var (name, value) = (setting[2..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
                builder.UseSetting(name, value);
            }
        }
    }
}
