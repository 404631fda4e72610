using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Coworking.Local;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>A real mail server (the one that MailDev is made of) that takes nothing without an account, and nothing in clear where it offers STARTTLS.</summary>
internal sealed class DemandingMailServer : IAsyncDisposable
{
    internal const string Username = "coworking";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _reading;

    private DemandingMailServer(Process process, string certificate)
    {
        (_process, Certificate) = (process, certificate);
        _reading = ReadAsync();
    }

    internal int Port { get; private set; }

    /// <summary>Self-made, for localhost; PEM.</summary>
    internal string Certificate { get; }

    internal static async Task<DemandingMailServer> StartAsync(bool startTls, string password)
    {
        var (certificate, key) = MakeCertificate();
        var modules = Path.Combine(Repository.Root, "tools", "local", "mail", "node_modules");
        var script = Path.Combine(Repository.Root, "services", "reservations", "tests", "Notifications", "demanding-mail-server.js");
        var wish = JsonSerializer.Serialize(new { key, certificate, startTls, password, username = Username });
        var process = Process.Start(new ProcessStartInfo("node", [script, modules, wish])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        var server = new DemandingMailServer(process!, certificate);

        try
        {
            server.Port = (await server.NextAsync("listening")).GetProperty("port").GetInt32();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it was offered next.</summary>
    internal async Task<JsonElement> NextAsync() =>
        await _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>What it was offered next, which must be this.</summary>
    internal async Task<JsonElement> NextAsync(string what)
    {
        var next = await NextAsync();
        Assert.True(next.GetProperty("event").GetString() == what, $"{what} was expected: {next}");
        return next;
    }

    /// <summary>What it was offered since it was asked last.</summary>
    internal List<JsonElement> All()
    {
        var all = new List<JsonElement>();

        while (_events.Reader.TryRead(out var one))
        {
            all.Add(one);
        }

        return all;
    }

    /// <summary>Soon this is the right password.</summary>
    internal async Task ChangePasswordAsync(string password)
    {
        await _process.StandardInput.WriteLineAsync(password);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();

        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _events.Writer.TryWrite(JsonElement.Parse(line));
        }

        _events.Writer.TryComplete();
    }

    private static (string Certificate, string Key) MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
