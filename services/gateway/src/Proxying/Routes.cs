using System.Net;
using System.Net.Http.Headers;
using Coworking.Gateway.Access;
using Microsoft.Extensions.Configuration.Json;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace Coworking.Gateway.Proxying;

/// <summary>Where requests go: routes.json says which service, the environment says where that is.</summary>
internal static class Routes
{
    internal const string StreamCluster = "iot-stream";

    private const string StreamedCluster = "iot-ingest";

    // A service on the same network connects in a millisecond or not at all.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    internal static void AddRoutes(this WebApplicationBuilder builder)
    {
        // First, so that the environment and the command line have the last word.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource { FileProvider = builder.Environment.ContentRootFileProvider, Path = "routes.json" });
        builder.Configuration.AddInMemoryCollection(StreamDestinations(builder.Configuration));
    }

    internal static void AddServices(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<FindAddresses>(Dns.GetHostAddressesAsync)
        .AddSingleton<Replicas>()
        .AddSingleton<IDestinationResolver>(provider => provider.GetRequiredService<Replicas>())
        .AddHostedService(provider => provider.GetRequiredService<Replicas>())
        .AddReverseProxy()
        .LoadFromConfig(configuration.GetSection("ReverseProxy"))
        .ConfigureHttpClient((_, handler) => handler.ConnectTimeout = ConnectTimeout)
        .AddTransforms(transforms =>
        {
            if (transforms.Route.ClusterId == StreamCluster)
            {
                transforms.AddResponseTransform(SendHeadersAtOnceAsync);
                transforms.AddResponseTransform(EndWithTheGatewayAsync);
            }
        });

    internal static void MapServices(this WebApplication app) => app
        .MapReverseProxy(proxy =>
        {
            proxy.UseUpstreamFailures();
            proxy.UseOtherReplica();
            // Not UseSessionAffinity, ever: the package it hashes with is pruned (ADR 0003).
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        })
        .ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(RouteAccess.Of(route)));

    // The stream is iot-ingest under another time limit, which YARP keeps per cluster; its destinations are not to be configured twice.
    private static Dictionary<string, string?> StreamDestinations(ConfigurationManager configuration)
    {
        const string clusters = "ReverseProxy:Clusters";
        return configuration.GetSection($"{clusters}:{StreamedCluster}:Destinations").AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => $"{clusters}:{StreamCluster}:Destinations:{pair.Key}", pair => pair.Value);
    }

    // YARP sends headers with the first byte of the body; a browser's stream is open once it has them, also where nothing happens yet.
    private static async ValueTask SendHeadersAtOnceAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.Content.Headers.ContentType is MediaTypeHeaderValue { MediaType: "text/event-stream" })
        {
            await context.HttpContext.Response.Body.FlushAsync(context.HttpContext.RequestAborted);
        }
    }

    private static async ValueTask EndWithTheGatewayAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { } answer)
        {
            var stopping = context.HttpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            answer.Content = await EndingStream.OfAsync(answer.Content, stopping, context.HttpContext.RequestAborted);
        }
    }
}
