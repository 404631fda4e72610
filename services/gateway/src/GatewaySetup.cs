using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Database;
using Coworking.Gateway.Health;
using Coworking.Gateway.Http;
using Coworking.Gateway.Limits;
using Coworking.Gateway.OpenApi;
using Coworking.Gateway.Proxying;
using Coworking.Gateway.Sessions;
using Coworking.Gateway.Telegram;
using Coworking.Gateway.Transport;
using Coworking.Hosting;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Coworking.Hosting.Stopping;
using Coworking.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Coworking.Gateway;

/// <summary>What the gateway is made of.</summary>
internal static class GatewaySetup
{
    /// <summary>The content root is the program's own folder: appsettings.json and routes.json are found from wherever it is started.</summary>
    internal static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddRoutes();
        return builder;
    }

    /// <summary>What the gateway answers itself.</summary>
    internal static void MapOwn(this IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("").WithAcceptedAnswers().WithMetadata(new AcceptedAnswers.Given("application/json"));
        own.MapApiKeys();
        own.MapAccounts();
        own.MapSessions();
        own.MapTelegram();
    }

    /// <summary>Not AddServiceDefaults: that demands the identity token which this process makes.</summary>
    internal static void AddGateway(this WebApplicationBuilder builder)
    {
        var options = GatewayOptions.Of(builder);
        builder.AddTelemetry("gateway");
        builder.Host.UseDefaultServiceProvider(provider => (provider.ValidateOnBuild, provider.ValidateScopes) = (true, true));
        var tls = TlsSetup.Of(builder.Configuration);
        builder.WebHost.ConfigureKestrel(RequestBounds.Configure);
        builder.AddTransport();
        builder.WebHost.ConfigureKestrel(tls.Configure);
        builder.Services.AddGracefulStop();
        builder.Services.ConfigureHttpJsonOptions(json => JsonSetup.Configure(json.SerializerOptions));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(tls);
        builder.Services.AddSingleton<GatewayMetrics>();
        builder.Services.AddSingleton(services => new IdentityTokenSigner(options.SigningKey, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddProblems();
        builder.Services.AddPostgres<GatewayDb>(builder.Configuration, GatewayDb.Schema);
        builder.Services.AddGatewayCors(options, builder.Environment);
        builder.Services.AddGatewayHealth();
        builder.Services.AddApiKeys();
        builder.Services.AddLimits(LimitOptions.Of(builder.Configuration, builder.Environment.IsDevelopment()), OpenOptions.Of(builder.Configuration), options);
        builder.Services.AddSingleton<Visitors>();
        builder.Services.AddSessions(TokenOptions.Of(builder));
        builder.Services.AddAccounts(AccountOptions.Of(builder));
        builder.Services.AddTelegram(TelegramOptions.Of(builder));
        builder.Services.AddGatewayOpenApi();
        builder.Services.AddServices(builder.Configuration);
    }

    /// <summary>Serves, or runs the verb that the command line names.</summary>
    internal static async Task<int> RunAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build)
    {
        var builder = CreateBuilder(args);

        if (GatewayOptions.Refuse(builder, args) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return 1;
        }

        return await build(builder).RunVerbAsync<GatewayDb>(args, GatewayVerbs.All);
    }
}
