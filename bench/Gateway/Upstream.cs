using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>What stands behind every proxy: an nginx that answers 1 KB from memory and is never the bottleneck.</summary>
internal static class Upstream
{
    public const string Path = "/api/v1/locations";

    public static readonly string Body = "[\"" + new string('x', 1024 - 4) + "\"]";

    public static Task<Proxy> StartAsync(CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        var quoted = Body.Replace("\"", "\\\"", StringComparison.Ordinal);
        return Nginx.StartAsync(port, workers: "1", $$"""server { listen {{Nginx.Local(port)}}; default_type application/json; location / { return 200 "{{quoted}}"; } }""", beside: null, cancellationToken);
    }
}

/// <summary>An nginx with a configuration of its own, without access log.</summary>
internal static class Nginx
{
    public static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    /// <summary>A group of servers whose connections are kept.</summary>
    public static string Group(string name, Uri address) => $"upstream {name} {{ server {address.Authority}; keepalive 64; keepalive_requests 1000000000; }}";

    /// <summary>What makes nginx keep connections to a group.</summary>
    public const string Kept = "proxy_http_version 1.1; proxy_set_header Connection \"\";";

    public static Task<Proxy> StartAsync(int port, string workers, string http, Proxy? beside, CancellationToken cancellationToken)
    {
        var configuration = $$"""
            daemon off;
            pid FOLDER/pid;
            error_log FOLDER/errors;
            worker_processes {{workers}};
            events { worker_connections 4096; }
            http {
                access_log off;
                server_tokens off;
                keepalive_requests 1000000000;
                client_body_temp_path FOLDER/body;
                proxy_temp_path FOLDER/proxy;
                fastcgi_temp_path FOLDER/fastcgi;
                uwsgi_temp_path FOLDER/uwsgi;
                scgi_temp_path FOLDER/scgi;
                {{http}}
            }
            """;
        return Proxy.StartAsync(port, ["nginx", "-e", "FOLDER/errors", "-c", "FOLDER/nginx.conf"], new Dictionary<string, string> { ["nginx.conf"] = configuration }, new Dictionary<string, string?>(), beside, cancellationToken);
    }
}
