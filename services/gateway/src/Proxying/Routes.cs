using System.Net;
using System.Text;
using Coworking.Gateway.Access;
using Coworking.Gateway.Http;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Transport;
using Coworking.Hosting.Telemetry;
using Microsoft.Extensions.Configuration.Json;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace Coworking.Gateway.Proxying;

/// <summary>Where requests go: routes.json says which service, the environment says where that is.</summary>
internal static class Routes
{
    internal const string StreamCluster = "iot-stream";

    internal const string StreamedCluster = "iot-ingest";

    // A service on the same network connects in a millisecond or not at all.
    internal static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    internal static void AddRoutes(this WebApplicationBuilder builder)
    {
        // First, so that the environment and the command line have the last word.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource { FileProvider = builder.Environment.ContentRootFileProvider, Path = "routes.json" });
        builder.Configuration.AddInMemoryCollection(StreamDestinations(builder.Configuration));
    }

    internal static void AddServices(this IServiceCollection services, IConfiguration configuration)
    {
        var records = TelemetrySetup.IsOn(configuration);
        services
            .AddSingleton<BoundedCallers>()
            .AddSingleton<FindAddresses>(Dns.GetHostAddressesAsync)
            .AddSingleton<Replicas>()
            .AddSingleton<IDestinationResolver>(provider => provider.GetRequiredService<Replicas>())
            .AddHostedService(provider => provider.GetRequiredService<Replicas>())
            .AddReverseProxy()
            .LoadFromConfig(configuration.GetSection("ReverseProxy"))
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = ConnectTimeout;
                // Fields of a request may hold more than ASCII, as Kestrel reads them. The client for services would take offence at it, and the service be blamed.
                handler.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8;
                // Without it no span is made for the question to the service; Traces has named the trace already.
                handler.ActivityHeadersPropagator = records ? handler.ActivityHeadersPropagator : null;
            })
            .AddTransforms(transforms =>
            {
                // RFC 7239 says the same as X-Forwarded-*, which YARP writes anew; a client's own word for it must not stand beside that.
                transforms.AddRequestHeaderRemove("Forwarded");

                if (transforms.Route.ClusterId == StreamCluster)
                {
                    var stopping = transforms.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
                    var lifetime = transforms.Services.GetRequiredService<OpenOptions>().StreamLifetime;
                    transforms.AddResponseTransform(context => StreamAsync(context, lifetime, stopping));
                }
            });
        // Over a minute, as it comes, a destination that dies under load is asked for twenty seconds more before three in ten have failed.
        services.Configure<TransportFailureRateHealthPolicyOptions>(health => health.DetectionWindowSize = TimeSpan.FromSeconds(5));

        // Where traces and the framework's metrics are recorded, all is as YARP has it.
        if (!records && services.Any(service => service.ServiceType == typeof(EventLoops)))
        {
            var yarp = services.Last(service => service.ServiceType == typeof(IHttpForwarder)).ImplementationType!;
            services.AddSingleton<IHttpForwarder>(provider => new DirectForwarder((IHttpForwarder)ActivatorUtilities.CreateInstance(provider, yarp), provider.GetRequiredService<EventLoops>(),
                provider.GetRequiredService<ILogger<DirectForwarder>>()));
        }
    }

    internal static void MapServices(this WebApplication app) => app
        .MapReverseProxy(proxy =>
        {
            proxy.UseAcceptedAnswers(route => route.Metadata.GetRequiredMetadata<RouteBounds>().Produces);
            proxy.UseUpstreamFailures();
            proxy.UseSecondTry();
            proxy.UseBoundedDestinations();
            // Not UseSessionAffinity, ever: the package it hashes with is pruned (ADR 0003).
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        })
        .ConfigureEndpoints((endpoint, route, cluster) => endpoint.WithMetadata(RouteAccess.Of(route), RouteBounds.Of(route, cluster)));

    // The stream is iot-ingest under another time limit, which YARP keeps per cluster; its destinations are not to be configured twice.
    private static Dictionary<string, string?> StreamDestinations(ConfigurationManager configuration)
    {
        const string clusters = "ReverseProxy:Clusters";
        return configuration.GetSection($"{clusters}:{StreamedCluster}:Destinations").AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => $"{clusters}:{StreamCluster}:Destinations:{pair.Key}", pair => pair.Value);
    }

    // YARP sends headers with the first byte of the body; a browser's stream is open once it has them, also where nothing happens yet.
    private static async ValueTask StreamAsync(ResponseTransformContext context, TimeSpan lifetime, CancellationToken stopping)
    {
        if (context.ProxyResponse is { Content: { Headers.ContentType.MediaType: "text/event-stream" } content } answer)
        {
            await context.HttpContext.Response.Body.FlushAsync(context.HttpContext.RequestAborted);
            answer.Content = new StreamContent(new StreamUntilStop(await content.ReadAsStreamAsync(context.HttpContext.RequestAborted), StreamUntilStop.Jittered(lifetime), stopping));
        }
    }
}
