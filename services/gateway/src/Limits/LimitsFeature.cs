using Microsoft.AspNetCore.HttpOverrides;

namespace Coworking.Gateway.Limits;

/// <summary>Limits per key, account and address, and whose word is taken for an address.</summary>
internal static class LimitsFeature
{
    internal static void AddLimits(this IServiceCollection services, LimitOptions limits, OpenOptions open, GatewayOptions options)
    {
        services.AddSingleton(limits);
        services.AddSingleton(open);
        services.AddSingleton<RateLimits>();
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // As many proxies as there are, as long as each is known: the first that is not is the client, whatever stands before him.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();

            foreach (var network in options.KnownProxies)
            {
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });
    }

    /// <summary>Behind no proxy the header is a client's own word, and nobody looks at it.</summary>
    internal static void UseClientAddress(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<GatewayOptions>().KnownProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }
    }
}
