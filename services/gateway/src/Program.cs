using Coworking.Gateway.Access;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Health;
using Coworking.Gateway.Http;
using Coworking.Gateway.Proxying;
using Coworking.Hosting.Health;
using Coworking.Hosting.Problems;
using Coworking.Hosting.Stopping;

namespace Coworking.Gateway;

/// <summary>The one door: who asks, may he, and where does it go.</summary>
internal static class Program
{
    internal static Task<int> Main(string[] args) => HealthVerb.IsAskedBy(args) ? HealthVerb.RunAsync(args) : GatewaySetup.RunAsync(args, Build);

    internal static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddGateway();
        var app = builder.Build();

        app.UseGracefulStop();      // after SIGTERM each answer closes its connection
        app.UseAnswerHeaders();     // x-request-id, nosniff and its like, on every answer
        app.UseAccessLog();
        app.UseProblems();          // errors in one shape
        app.UseCors();              // preflights end here
        app.UseRequestBounds();     // 414, 431
        app.UseRouting();
        app.UseAccessGate();        // 401, 403; strips the caller's credentials, adds the identity
        app.UseBodyBounds();        // 413

        app.MapGatewayHealth();
        app.MapApiKeys();
        app.MapServices();          // everything else, by routes.json
        return app;
    }
}
