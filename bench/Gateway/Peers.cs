using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>The programs that the gateway is measured against, each before the same upstream and set up as its authors advise.</summary>
internal static class Peers
{
    public static Task<Proxy> BareYarpAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        return OwnAsync(port, [BareYarp.Verb, Text(port), upstream.AbsoluteUri], cancellationToken);
    }

    public static Task<Proxy> NginxAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        return Nginx.StartAsync(port, workers: "auto", $$"""
            {{Nginx.Group("services", upstream)}}
            server { listen {{Nginx.Local(port)}}; location / { proxy_pass http://services; {{Nginx.Kept}} } }
            """, beside: null, cancellationToken);
    }

    public static Task<Proxy> HaProxyAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        return Proxy.StartAsync(port, ["haproxy", "-db", "-f", "FOLDER/haproxy.cfg"], new Dictionary<string, string>
        {
            ["haproxy.cfg"] = $"""
                global
                  maxconn 4096
                  nbthread {Text(Environment.ProcessorCount)}
                defaults
                  mode http
                  timeout connect 2s
                  timeout client 60s
                  timeout server 60s
                frontend front
                  bind {Nginx.Local(port)}
                  default_backend services
                backend services
                  http-reuse always
                  server one {upstream.Authority}

                """,
        }, new Dictionary<string, string?>(), beside: null, cancellationToken);
    }

    /// <summary>nginx that asks a service of its own about every key (the same check as the gateway's, answered from memory), and limits by key.</summary>
    public static async Task<Proxy> NginxWithKeysAsync(Uri upstream, string key, CancellationToken cancellationToken)
    {
        var (port, keyPort) = (Ports.Free(), Ports.Free());
        var keys = await OwnAsync(keyPort, [KeyService.Verb, Text(keyPort), key], cancellationToken);
        return await Nginx.StartAsync(port, workers: "auto", $$"""
            limit_req_zone $http_x_api_key zone=keys:10m rate=1000000r/s;
            {{Nginx.Group("services", upstream)}}
            {{Nginx.Group("keys", keys.Address)}}
            server {
                listen {{Nginx.Local(port)}};
                location = /key { internal; proxy_pass http://keys; {{Nginx.Kept}} proxy_pass_request_body off; proxy_set_header Content-Length ""; }
                location / {
                    limit_req zone=keys burst=10000 nodelay;
                    limit_req_status 429;
                    auth_request /key;
                    proxy_set_header x-api-key "";
                    proxy_pass http://services; {{Nginx.Kept}}
                }
            }
            """, keys, cancellationToken);
    }

    public static async Task<Proxy> FastifyAsync(Uri upstream, string key, CancellationToken cancellationToken)
    {
        var folder = await NodePeer.InstallAsync(cancellationToken);
        var port = Ports.Free();
        return await Proxy.StartAsync(
            port, ["node", Path.Combine(folder, "gateway.js"), Text(port), upstream.AbsoluteUri, key], None, new Dictionary<string, string?> { ["NODE_ENV"] = "production" }, beside: null, cancellationToken);
    }

    /// <summary>This program itself, as something else.</summary>
    private static Task<Proxy> OwnAsync(int port, string[] words, CancellationToken cancellationToken) =>
        Proxy.StartAsync(port, [.. OwnProgram.Words, .. words], None, GatewayStage.Runtime, beside: null, cancellationToken);

    private static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
