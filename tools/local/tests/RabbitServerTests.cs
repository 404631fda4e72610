using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Coworking.Local.Tests;

public sealed class RabbitServerTests : IDisposable
{
    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_virtual_host_has_an_address_of_its_own()
    {
        var server = await LocalServers.SharedRabbitAsync();

        var name = $"{Guid.CreateVersion7():N}";
        var address = await server.CreateVirtualHostAsync($"local/{name}", Token);

        Assert.Equal("amqp", address.Scheme);
        Assert.Equal(server.Port, address.Port);
        Assert.EndsWith($"/local%2F{name}", address.AbsoluteUri);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server, $"api/vhosts/local%2F{name}"));
        await server.DeleteVirtualHostAsync($"local/{name}", Token);
        await server.DeleteVirtualHostAsync($"local/{name}", Token);
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(server, $"api/vhosts/local%2F{name}"));
    }

    [Fact]
    public async Task What_is_durable_is_there_after_a_kill_and_the_node_leaves_nothing_running()
    {
        var server = await RabbitServer.StartAsync(new RabbitServerOptions { DataDirectory = _machine.At("rabbitmq") }, Token);
        await server.CreateVirtualHostAsync("kept", Token);
        using (var http = Management(server))
        {
            using var created = await http.PutAsJsonAsync("api/queues/kept/letters", new { durable = true }, Token);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        var port = server.Port;
        // Of a queue declared a moment before the kill RabbitMQ 3.10 knew nothing 3 times of 25; it writes all it knows where it is stopped.
        await server.RestartAsync(Token);
        await server.KillAsync(Token);
        await server.RestartAsync(Token);

        Assert.Equal(port, server.Port);
        // The node answers before it has recovered the queues of every virtual host.
        await Wait.UntilAsync(
            async () => await GetAsync(server, "api/queues/kept/letters") == HttpStatusCode.OK, TimeSpan.FromSeconds(90), "the durable queue is there again", Token);
        var processes = ProcessTable.Descendants(server.Process.GuardianId);
        Assert.Contains(processes, pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains("epmd"));
        await server.DisposeAsync();
        await Wait.UntilAsync(() => !processes.Any(ProcessTable.IsAlive), TimeSpan.FromSeconds(90), "node and name server have ended", Token);
    }

    public void Dispose() => _machine.Dispose();

    private static async Task<HttpStatusCode> GetAsync(RabbitServer server, string path)
    {
        using var http = Management(server);
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
        return answer.StatusCode;
    }

    private static HttpClient Management(RabbitServer server)
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(server.ManagementUri.UserInfo));
        return new HttpClient
        {
            BaseAddress = server.ManagementUri,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", credentials) },
        };
    }
}
