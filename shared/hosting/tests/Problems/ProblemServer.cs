using System.Collections.Concurrent;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Coworking.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Tests.Problems;

/// <summary>A real server with this library's pipeline and one route for each way to go wrong.</summary>
public sealed class ProblemServer : IAsyncLifetime
{
    private static readonly string[] Rows = ["row"];
    private static readonly string[] Alternatives = ["later"];

    private readonly PlatformKeys _keys = PlatformKeys.Create();
    private WebApplication? _app;

    internal sealed record Thing(Guid SpaceId, DateTimeOffset At, int Capacity, Optional<string> Note, Optional<Guid> Other);

    internal HttpClient Client { get; } = new();

    internal ConcurrentQueue<(LogLevel Level, string Text)> Logged { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        // The settings of a service lie beside these tests; where they silence it, the framework makes no trace for a request.
        builder.Logging.ClearProviders().AddProvider(new Recorder(Logged)).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024);
        builder.Configuration.AddInMemoryCollection([new("Identity:PublicKey", _keys.PublicKey)]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(options => JsonSetup.Configure(options.SerializerOptions));
        builder.Services.AddProblems();
        builder.Services.AddGatewayIdentity(builder.Configuration);
        _app = builder.Build();
        _app.UseProblems();
        _app.UseRouting();
        _app.UseAuthentication();
        _app.UseAuthorization();
        Map(_app);
        await _app.StartAsync();
        Client.BaseAddress = new Uri(_app.Urls.Single());
        Client.DefaultRequestHeaders.Add(GatewayIdentity.Header, Token(Roles.User));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    internal string Token(string role)
    {
        using var signer = new IdentityTokenSigner(_keys.SigningKey, TimeProvider.System);
        return signer.TokenFor(new Caller("key/1", "key", role, Email: null, EmailVerified: false, []));
    }

    private static void Map(WebApplication app)
    {
        app.MapPost("/things", (Thing thing) => thing);
        app.MapGet("/things/{id}", (RouteId id) => id.Value);
        app.MapGet("/pages", (PageRequest page) => page.Of(Rows, 21));
        app.MapGet("/numbers", (int number) => number);
        app.MapGet("/refused", () => new Refusal(StatusCodes.Status409Conflict, "booking.slot_taken", "Schedule conflict: taken")
        {
            Extensions = new Dictionary<string, object?> { ["alternatives"] = Alternatives },
        }.ToProblem());
        app.MapGet("/refused-early", IResult () => throw new RefusedRequestException(Refusal.Field("dateFrom", "dateFrom must be a date")));
        app.MapGet("/broken", IResult () => throw new InvalidOperationException("secret detail"));
        app.MapPost("/api/v1/waitlist/offers/{token}/claim", IResult (string token) => throw new InvalidOperationException("broke"));
        app.MapGet("/away", IResult () => throw new NpgsqlException("secret host is away", new IOException()));
        app.MapGet("/ended", IResult () => throw new PostgresException("could not write init file", "FATAL", "FATAL", "XX000"));
        app.MapGet("/teapot", () => Results.StatusCode(StatusCodes.Status418ImATeapot));
        app.MapGet("/admin", (Caller caller) => caller.Role).AdminOnly();
        app.MapGet("/open", () => "open").AllowAnonymous();
    }

    private sealed class Recorder(ConcurrentQueue<(LogLevel Level, string Text)> logged) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                logged.Enqueue((logLevel, $"{formatter(state, exception)} {exception?.Message}"));
            }
        }

        public void Dispose()
        {
        }
    }
}
