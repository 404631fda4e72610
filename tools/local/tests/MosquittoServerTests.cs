using System.Globalization;

namespace Coworking.Local.Tests;

public sealed class MosquittoServerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_waits_for_its_client_with_more_than_the_brokers_usual_thousand_messages_also_over_a_restart()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions { DataDirectory = _machine.At("mosquitto") }, Token);
        await RunAsync(server, "mosquitto_sub", "-i", "reader", "-c", "-q", "1", "-t", "t", "-E");
        await File.WriteAllLinesAsync(_machine.At("lines"), Enumerable.Range(1, 1500).Select(n => n.ToString(CultureInfo.InvariantCulture)), Token);
        await RunAsync(server, "bash", "-c", $"mosquitto_pub -h 127.0.0.1 -p {server.Port} -q 1 -t t -l <{_machine.At("lines")}");

        await server.RestartAsync(Token);

        await RunAsync(server, "mosquitto_sub", "-i", "reader", "-c", "-q", "1", "-t", "t", "-C", "1500", "-W", "60");
    }

    [Fact]
    public async Task Anonymous_clients_are_refused_where_the_option_says_so()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions { AllowAnonymous = false }, Token);

        await using var publisher = await ChildProcess.StartAsync(
            new ChildProcessOptions("mosquitto_pub", "-p", server.Port.ToString(CultureInfo.InvariantCulture), "-t", "t", "-m", "x") { LogFile = _machine.At("log") },
            Token);

        Assert.NotEqual(0, await publisher.WaitForExitAsync(Token).WaitAsync(Limit, Token));
        Assert.Contains("not authori", publisher.LogTail(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_account_of_the_service_keeps_its_password_over_a_restart_and_takes_no_other()
    {
        var options = new MosquittoServerOptions { DataDirectory = _machine.At("accounts"), DynamicSecurity = true };
        string password;

        await using (var first = await MosquittoServer.StartAsync(options, Token))
        {
            password = first.Password!;
            await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(first, "mosquitto_pub", "-u", first.Username!, "-P", "wrong", "-t", "t", "-m", "x"));
        }

        await using var second = await MosquittoServer.StartAsync(options, Token);
        Assert.Equal(password, second.Password);
        await RunAsync(second, "mosquitto_pub", "-V", "5", "-q", "1", "-u", second.Username!, "-P", password, "-t", "sites/a/offices/b/desired", "-m", "x");
    }

    public void Dispose() => _machine.Dispose();

    private async Task RunAsync(MosquittoServer server, string program, params string[] arguments)
    {
        string[] broker = program == "bash" ? [] : ["-h", server.Host, "-p", server.Port.ToString(CultureInfo.InvariantCulture)];
        await using var process = await ChildProcess.StartAsync(
            new ChildProcessOptions(program, [.. broker, .. arguments]) { LogFile = _machine.At("client.log") }, Token);
        var code = await process.WaitForExitAsync(Token).WaitAsync(Limit, Token);
        Assert.True(code == 0, $"{program} ended with code {code}: {process.LogTail()}");
    }
}
