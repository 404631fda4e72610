using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P17: what an event costs that reaches a reader of the stream.</summary>
internal static class P17
{
    private const string Module = "/usr/lib/nginx/modules/ngx_nchan_module.so";

    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) => RunAsync(
        "P17", "nchan", "nginx with nchan 1.3.6 (Debian's libnginx-mod-nchan), one worker, its memory store, an EventSource subscriber and a POST for each message.",
        new Goal(2.5, 1.5, AtLeast: false), _ => NchanAsync(cancellationToken), options, cancellationToken);

    public static Task<bool> RunFastifyAsync(RunOptions options, CancellationToken cancellationToken) => RunAsync(
        "P17-fastify", "fastify", "fastify 5 that writes a prepared buffer to the raw socket of each reader (`bench/peers/node/stream.js`), a POST for each message.",
        new Goal(0.7, 0.5, AtLeast: false), FastifyAsync, options, cancellationToken);

    private static async Task<bool> RunAsync(
        string id, string name, string what, Goal goal, Func<CancellationToken, Task<Proxy>> start, RunOptions options, CancellationToken cancellationToken)
    {
        var (clients, messages) = (options.Pick(100, 1000, 1000), StreamReaders.Rate * options.Pick(2, 8, 30));
        await using var stage = await StreamStage.StartAsync(cancellationToken);
        await using var peer = await start(cancellationToken);
        var plan = new Plan
        {
            Id = id,
            Title = $"CPU per event that reaches a stream's reader, against {name}",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {clients} readers that each get {StreamReaders.Rate} events a second of about 200 bytes for {messages / StreamReaders.Rate} s (`bench/peers/c/streams.c` reads and counts them). Ours: each event is a sample that came by MQTT, was
                stored, and was read back by the stream; CPU time of iot-ingest, all of that included (its events are about 250 bytes on the wire, the peer's 225). Peer: {what} It stores nothing.
                """),
            Unit = "µs of CPU per event",
            WorkUnit = "event",
            Goal = goal,
            OursName = "iot-ingest",
            PeerName = name,
        };
        return await Comparison.RunAsync(
            plan, options, _ => stage.OursAsync(clients, messages, cancellationToken), _ => stage.PeerAsync(name, peer, clients, messages, cancellationToken), cancellationToken);
    }

    private static Task<Proxy> NchanAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Module))
        {
            throw new InvalidOperationException("nchan is missing (Debian 12: apt-get install libnginx-mod-nchan)");
        }

        var port = Ports.Free();
        var configuration = $$"""
            load_module {{Module}};
            daemon off;
            pid FOLDER/pid;
            error_log FOLDER/errors;
            worker_processes 1;
            worker_rlimit_nofile 20000;
            events { worker_connections 16000; }
            http {
                access_log off;
                client_body_temp_path FOLDER/body;
                proxy_temp_path FOLDER/proxy;
                fastcgi_temp_path FOLDER/fastcgi;
                uwsgi_temp_path FOLDER/uwsgi;
                scgi_temp_path FOLDER/scgi;
                server {
                    listen {{Nginx.Local(port)}};
                    location = /pub { nchan_publisher http; nchan_channel_id events; nchan_message_buffer_length 10; nchan_message_timeout 10s; }
                    location = /sub { nchan_subscriber eventsource; nchan_channel_id events; nchan_subscriber_first_message newest; }
                }
            }
            """;
        return Proxy.StartAsync(
            port, ["nginx", "-e", "FOLDER/errors", "-c", "FOLDER/nginx.conf"], new Dictionary<string, string> { ["nginx.conf"] = configuration }, new Dictionary<string, string?>(), beside: null, cancellationToken);
    }

    private static async Task<Proxy> FastifyAsync(CancellationToken cancellationToken)
    {
        var (folder, port) = (await NodePeer.InstallAsync(cancellationToken), Ports.Free());
        return await Proxy.StartAsync(
            port, ["node", Path.Combine(folder, "stream.js"), port.ToString(CultureInfo.InvariantCulture)], new Dictionary<string, string>(), new Dictionary<string, string?> { ["NODE_ENV"] = "production" }, beside: null, cancellationToken);
    }
}
