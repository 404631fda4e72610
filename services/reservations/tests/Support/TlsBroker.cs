using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coworking.Local;

namespace Coworking.Reservations.Tests.Support;

/// <summary>A RabbitMQ that is spoken to over TLS, with a certificate that is its own authority.</summary>
internal sealed class TlsBroker : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coworking-broker-");
    private readonly int _port = Ports.Free();
    private RabbitServer? _rabbit;

    internal RabbitServer Rabbit => _rabbit!;

    internal Uri Uri => new UriBuilder(Rabbit.Uri()) { Scheme = "amqps", Port = _port }.Uri;

    /// <summary>PEM file of the certificate: who is told of it by SSL_CERT_FILE trusts the broker.</summary>
    internal string Authority => Path.Combine(_folder.FullName, "certificate.pem");

    internal string LogFile => Path.Combine(_folder.FullName, "service.log");

    internal static async Task<TlsBroker> StartAsync()
    {
        var started = new TlsBroker();

        try
        {
            await started.RunAsync(TestContext.Current.CancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task RunAsync(CancellationToken ended)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var keyFile = Path.Combine(_folder.FullName, "key.pem");
        await File.WriteAllTextAsync(Authority, certificate.ExportCertificatePem(), ended);
        await File.WriteAllTextAsync(keyFile, key.ExportECPrivateKeyPem(), ended);
        _rabbit = await RabbitServer.StartAsync(
            new RabbitServerOptions
            {
                ExtraConfiguration = string.Create(CultureInfo.InvariantCulture, $"""
                listeners.ssl.1 = 127.0.0.1:{_port}
                ssl_options.certfile = {Authority}
                ssl_options.keyfile = {keyFile}
                """),
            },
            ended);
        // Its other listener stands first.
        await Wait.UntilAsync(ListensAsync, TimeSpan.FromSeconds(30), "the broker listens for TLS", ended);
    }

    private async Task<bool> ListensAsync()
    {
        using var client = new TcpClient();

        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
