using Coworking.Gateway.Access;
using Coworking.Gateway.Health;
using Coworking.Gateway.Http;
using Coworking.Gateway.Limits;
using Coworking.Gateway.OpenApi;
using Coworking.Gateway.Proxying;
using Coworking.Gateway.Transport;
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
        // YARP registers authorization, and what is registered the framework puts into every request's way; AccessGate has its place here.
        ((IApplicationBuilder)app).Properties["__AuthorizationMiddlewareSet"] = true;
        MalformedRequests.AnswerInShape(app);

        app.UseClientAddress();     // a known proxy's word for it
        app.UseGracefulStop();      // after SIGTERM each answer closes its connection
        app.UseAnswerHeaders();     // x-request-id, nosniff and its like, on every answer
        app.UseAccessLog();
        app.UseHttpsRedirect();     // 308, where Tls:RedirectTo is set
        app.UseProblems();          // errors in one shape
        app.UseCors();              // preflights end here
        app.UseRequestBounds();     // 400, 405, 414, 431
        app.UseRouting();
        app.UseAccessGate();        // 401, 403, 429; strips the caller's credentials, adds the identity
        app.UseBodyBounds();        // 413
        app.UseLoops(RouteBounds.AreThere);

        app.MapLandingPage();
        app.MapGatewayHealth();
        app.MapGatewayOpenApi();    // /openapi/v1.json, /docs
        app.MapOwn();               // keys, accounts and their sessions
        app.MapServices();          // everything else, by routes.json
        return app;
    }
}
