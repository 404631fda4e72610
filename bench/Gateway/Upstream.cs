using System.Globalization;
using System.Text;
using Coworking.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Bench;

/// <summary>
/// What stands behind every proxy: a Kestrel that answers 1 KB from memory and does nothing else, as all that the gateway leads to is Kestrel. Before it bare YARP
/// does the 0.59 of nginx that the goals of P7 are set by; an nginx in its place costs so little that nothing but the proxies is left, and bare YARP does 0.47.
/// </summary>
internal static class Upstream
{
    public const string Verb = "upstream";

    public const string Path = "/api/v1/locations";

    public static readonly string Body = "[\"" + new string('x', 1024 - 4) + "\"]";

    public static Task<Proxy> StartAsync(CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        return Peers.OwnAsync(port, [Verb, port.ToString(CultureInfo.InvariantCulture)], cancellationToken);
    }

    public static async Task<int> RunAsync(int port)
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var app = builder.Build();
        app.Run(context =>
        {
            (context.Response.ContentType, context.Response.ContentLength) = ("application/json", body.Length);
            return context.Response.Body.WriteAsync(body, 0, body.Length);
        });
        await app.RunAsync();
        return 0;
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
