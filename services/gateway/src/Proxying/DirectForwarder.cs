using Coworking.Gateway.Transport;
using Yarp.ReverseProxy.Forwarder;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// Hands GET and HEAD to a service over a connection of the client's own loop, and leaves everything else to YARP: bodies, upgrades, TLS, live streams, whatever is
/// configured beyond an address. Routes, balancing, health and limits are YARP's for both (ADR 0048).
/// </summary>
internal sealed class DirectForwarder(IHttpForwarder yarp, EventLoops loops, ILogger<DirectForwarder> log) : IHttpForwarder
{
    // As YARP has it where none is configured.
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(100);

    private readonly ServiceAddresses[] _addresses = [.. loops.All.Select(loop => new ServiceAddresses(loop))];

    public ValueTask<ForwarderError> SendAsync(HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        if (!IsPlain(context) || context.Features.Get<LoopScheduler>() is not { } scheduler)
        {
            return yarp.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        }

        return EventLoop.Current == scheduler.Loop ? Direct() : FromLoopAsync();

        // A connection's first request, and whoever had to be asked for who he is, come by the thread pool.
        async ValueTask<ForwarderError> FromLoopAsync()
        {
            await scheduler.Loop.NextTurnAsync();
            // A loop that is over leaves its turns to the pool, where nothing of a loop may be touched.
            return await (EventLoop.Current == scheduler.Loop ? Direct() : yarp.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken));
        }

        ValueTask<ForwarderError> Direct()
        {
            if (_addresses[scheduler.Loop.Index].Find(destinationPrefix) is { } address)
            {
                var exchange = new DirectExchange(context, address, HostOf(context) ?? address.Authority, requestConfig.ActivityTimeout ?? DefaultPatience, log);

                if (exchange.TryWriteHead())
                {
                    return exchange.RunAsync();
                }
            }

            return yarp.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        }
    }

    // A name that led to this address stays the name that the service is asked by.
    private static string? HostOf(HttpContext context) => context.GetReverseProxyFeature().ProxiedDestination?.Model.Config.Host;

    private static bool IsPlain(HttpContext context)
    {
        var request = context.Request;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && request.Protocol is "HTTP/1.1" or "HTTP/1.0"
            && request.ContentLength is null
            && request.Headers is { TransferEncoding.Count: 0, Upgrade.Count: 0, Expect.Count: 0 }
            && context.GetEndpoint()?.Metadata.GetMetadata<RouteBounds>() is { GoesDirectly: true };
    }
}
