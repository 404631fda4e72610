using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Coworking.Local;

/// <summary>What a <see cref="RabbitServer"/> is started with.</summary>
public sealed record RabbitServerOptions
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of the management plugin; 0 takes a free one.</summary>
    public int ManagementPort { get; init; }

    /// <summary>Kept after the server; null takes a private folder that is deleted with it.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Further lines of rabbitmq.conf.</summary>
    public string ExtraConfiguration { get; init; } = "";

    /// <summary>Named by the message when the port is taken.</summary>
    public string? PortVariable { get; init; }
}

/// <summary>A RabbitMQ node on the loopback interface, with the management plugin and a name server (epmd) of its own.</summary>
public sealed class RabbitServer : IAsyncDisposable
{
    internal const string User = "coworking";

    private readonly ServerProcess? _process;
    private readonly HttpClient _management;

    internal RabbitServer(int port, int managementPort, string password, ServerProcess? process = null)
    {
        (Port, ManagementPort, Password, _process) = (port, managementPort, password, process);
        _management = Management(managementPort, password);
    }

    public int Port { get; }

    /// <summary>Page and API of the management plugin, with credentials.</summary>
    public Uri ManagementUri => new($"http://{User}:{Password}@127.0.0.1:{ManagementPort.ToString(CultureInfo.InvariantCulture)}/");

    public int ProcessId => Owned.Child.Id;

    internal int ManagementPort { get; }

    internal string Password { get; }

    internal ChildProcess Process => Owned.Child;

    private ServerProcess Owned => _process ?? throw new InvalidOperationException("This RabbitMQ belongs to another process");

    public static async Task<RabbitServer> StartAsync(RabbitServerOptions options, CancellationToken cancellationToken = default)
    {
        var port = Ports.Claim(options.Port, "RabbitMQ", options.PortVariable);
        var managementPort = Ports.Claim(options.ManagementPort, "RabbitMQ's management");
        var data = DataFolder.Open(options.DataDirectory, "rabbitmq");
        var password = SecretFile.Keep(data.At("password"));
        var program = RabbitProgram.Prepare(options, port, managementPort, data, password);
        var management = Management(managementPort, password);
        var process = new ServerProcess(
            "RabbitMQ", data, program.Options, TimeSpan.FromSeconds(120), async ct => await AnswersAsync(management, ct) && await Ports.AnswersAsync(port, ct))
        {
            Container = program.Container,
        };
        var server = new RabbitServer(port, managementPort, password, process);
        try
        {
            await process.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>An amqp address with credentials.</summary>
    public Uri Uri(string virtualHost = "/") =>
        new($"amqp://{User}:{Password}@127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/{System.Uri.EscapeDataString(virtualHost)}");

    /// <summary>A virtual host, empty and apart from all others; the result is its address.</summary>
    public async Task<Uri> CreateVirtualHostAsync(string name, CancellationToken cancellationToken = default)
    {
        var host = System.Uri.EscapeDataString(name);
        using var created = await _management.PutAsync(new Uri($"api/vhosts/{host}", UriKind.Relative), content: null, cancellationToken);
        created.EnsureSuccessStatusCode();
        using var permitted = await _management.PutAsJsonAsync(
            new Uri($"api/permissions/{host}/{User}", UriKind.Relative), new { configure = ".*", write = ".*", read = ".*" }, cancellationToken);
        permitted.EnsureSuccessStatusCode();
        return Uri(name);
    }

    public async Task DeleteVirtualHostAsync(string name, CancellationToken cancellationToken = default)
    {
        using var deleted = await _management.DeleteAsync(new Uri($"api/vhosts/{System.Uri.EscapeDataString(name)}", UriKind.Relative), cancellationToken);
        if (deleted.StatusCode != HttpStatusCode.NotFound)
        {
            deleted.EnsureSuccessStatusCode();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: false, cancellationToken);

    public Task KillAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: true, cancellationToken);

    /// <summary>Starts it again with the same ports and data, stopping it first where it runs.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) => Owned.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _management.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private static HttpClient Management(int port, string password) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/"),
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}"))),
        },
        Timeout = TimeSpan.FromSeconds(20),
    };

    private static async Task<bool> AnswersAsync(HttpClient management, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await management.GetAsync(new Uri("api/whoami", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
