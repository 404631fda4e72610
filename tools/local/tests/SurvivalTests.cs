using System.Text.Json;

namespace Coworking.Local.Tests;

/// <summary>Nothing that the tool started survives it, however it ends.</summary>
public sealed class SurvivalTests : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);

    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SIGKILL")]
    [InlineData("SIGTERM")]
    [InlineData("end of input")]
    public async Task All_servers_their_name_server_and_their_data_are_gone_after(string end)
    {
        using var tool = Machine.Tool("servers", _machine.At("servers.json"));
        await Wait.UntilAsync(() => File.Exists(_machine.At("servers.json")) || tool.HasExited, StartLimit, "the servers run", Token);
        var servers = JsonSerializer.Deserialize<RunningServers>(await File.ReadAllTextAsync(_machine.At("servers.json"), Token))!;
        var commands = servers.Processes.Select(pid => File.ReadAllText($"/proc/{pid}/cmdline")).ToList();
        foreach (var program in new[] { "postgres", "beam.smp", "epmd", "mosquitto", "maildev", "guardian" })
        {
            Assert.Contains(commands, command => command.Contains(program));
        }

        var folder = commands.SelectMany(c => c.Split('\0')).First(word => word.EndsWith("/cluster", StringComparison.Ordinal));
        End(tool, end);

        await tool.WaitForExitAsync(Token).WaitAsync(EndLimit, Token);
        await Wait.UntilAsync(() => !servers.Processes.Any(ProcessTable.IsAlive), EndLimit, "every process has ended", Token);
        foreach (var port in new[] { servers.PostgresPort, servers.RabbitPort, servers.RabbitManagementPort, servers.MosquittoPort, servers.MailPort, servers.MailPagePort })
        {
            Assert.True(Ports.IsFree(port));
        }

        await Wait.UntilAsync(() => !Directory.Exists(folder), EndLimit, "the data is deleted", Token);
    }

    [Fact]
    public async Task A_first_server_that_fails_takes_the_others_down()
    {
        var taken = await LocalServers.SharedMosquittoAsync();
        _machine.OpenToOthers();
        var data = _machine.At("postgres");
        var options = new LocalServersOptions
        {
            Postgres = new PostgresServerOptions { Durable = false, DataDirectory = data },
            Mosquitto = new MosquittoServerOptions { Port = taken.Port, PortVariable = "COWORKING_MOSQUITTO_PORT" },
        };

        var refused = await Assert.ThrowsAsync<PortTakenException>(() => LocalServers.StartAsync(options, Token));

        Assert.Contains("COWORKING_MOSQUITTO_PORT", refused.Message);
        Assert.DoesNotContain(
            ProcessTable.Descendants(Environment.ProcessId), pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains(data, StringComparison.Ordinal));
    }

    public void Dispose() => _machine.Dispose();

    private static void End(System.Diagnostics.Process tool, string how)
    {
        switch (how)
        {
            case "SIGKILL":
                tool.Kill();
                break;
            case "SIGTERM":
                Assert.Equal(0, NativeMethods.Kill(tool.Id, 15));
                break;
            default:
                tool.StandardInput.Close();
                break;
        }
    }
}
