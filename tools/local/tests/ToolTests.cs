using System.Security.Cryptography;

namespace Coworking.Local.Tests;

public sealed class ToolTests : IDisposable
{
    private readonly Machine _machine = new();

    [Fact]
    public void Free_ports_are_given_once_and_lie_below_the_range_of_outgoing_connections()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => Ports.Free()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 32_767));
    }

    [Fact]
    public void Kept_keys_stay_the_same_and_verify_what_they_sign()
    {
        var keys = PlatformKeys.Keep(_machine.At("key"));

        Assert.Equal(keys, PlatformKeys.Keep(_machine.At("key")));
        using var signer = ECDsa.Create();
        signer.ImportPkcs8PrivateKey(Convert.FromBase64String(keys.SigningKey), out _);
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(Convert.FromBase64String(keys.PublicKey), out _);
        byte[] message = [1, 2, 3];
        Assert.True(verifier.VerifyData(message, signer.SignData(message, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_machine.At("key")));
    }

    [Fact]
    public void Docker_gets_loopback_ports_and_the_names_of_secrets_only()
    {
        var data = DataFolder.Open(_machine.At("postgres"), "postgres");

        var program = PostgresProgram.InDocker(new PostgresServerOptions { Durable = false }, 5555, data, "secret");

        Assert.Equal("docker", program.Options.FileName);
        Assert.Equal("coworking-postgres-5555", program.Container);
        var line = string.Join(' ', program.Options.Arguments);
        Assert.StartsWith(
            $"run --rm --name coworking-postgres-5555 --hostname coworking --publish 127.0.0.1:5555:5432 --volume {data.At("cluster")}:/var/lib/postgresql/data "
            + "--env POSTGRES_PASSWORD postgres:15 postgres -c ", line);
        Assert.Contains("-c fsync=off", line);
        Assert.DoesNotContain("secret", line);
        Assert.Equal("secret", program.Options.Environment["POSTGRES_PASSWORD"]);
    }

    [Fact]
    public async Task Something_that_does_not_happen_is_named()
    {
        var late = await Assert.ThrowsAsync<TimeoutException>(
            () => Wait.UntilAsync(() => false, TimeSpan.FromMilliseconds(60), "pigs fly", TestContext.Current.CancellationToken));

        Assert.Contains("pigs fly", late.Message);
    }

    [Fact]
    public async Task Results_are_summed_and_a_crash_without_results_counts_as_a_failure()
    {
        const string Trx = """
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
            <UnitTestResult testName="Good" outcome="Passed" />
            <UnitTestResult testName="Bad" outcome="Failed"><Output><ErrorInfo><Message>it broke</Message></ErrorInfo></Output></UnitTestResult>
            </Results></TestRun>
            """;
        await WriteAsync("One.trx", Trx);
        await WriteAsync("One.code", "1");
        await WriteAsync("Crashed.code", "134");

        using var tool = Machine.Tool("results", _machine.Folder);
        var output = await tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("FAILED Bad\n    it broke", output);
        Assert.Contains("FAILED Crashed", output);
        Assert.EndsWith("\n1 passed, 2 failed\n", output);
        Assert.Equal(1, tool.ExitCode);
    }

    public void Dispose() => _machine.Dispose();

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(_machine.At(name), text, TestContext.Current.CancellationToken);
}
