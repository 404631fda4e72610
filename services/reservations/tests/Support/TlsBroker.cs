using System.Globalization;
using System.Net;
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
        var ended = TestContext.Current.CancellationToken;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var keyFile = Path.Combine(started._folder.FullName, "key.pem");
        await File.WriteAllTextAsync(started.Authority, certificate.ExportCertificatePem(), ended);
        await File.WriteAllTextAsync(keyFile, key.ExportECPrivateKeyPem(), ended);
        started._rabbit = await RabbitServer.StartAsync(
            new RabbitServerOptions
            {
                ExtraConfiguration = string.Create(CultureInfo.InvariantCulture, $"""
                listeners.ssl.1 = 127.0.0.1:{started._port}
                ssl_options.certfile = {started.Authority}
                ssl_options.keyfile = {keyFile}
                """),
            },
            ended);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
