using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Http;

public sealed class TlsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>, IDisposable
{
    private const string Password = "of the file";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-tls-").FullName;

    [Theory]
    [InlineData("pem")]
    [InlineData("one.pem")]
    [InlineData("locked.pem")]
    [InlineData("pfx")]
    public async Task A_certificate_from_a_file_serves_https_and_http_2_and_only_there_hsts(string form)
    {
        await using var gateway = await fixture.StartAsync([.. Write(form), "--urls=https://127.0.0.1:0"]);

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var answer = await gateway.SendAsync("GET", "/api/v1/locations", more: request =>
            {
                (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
                request.Headers.Add("x-coworking-identity", "forged.by.client");
            });
            Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version));
            Assert.DoesNotContain("forged", (await Echo.OfAsync(answer)).Headers["x-coworking-identity"], StringComparison.Ordinal);
            Assert.StartsWith("max-age=", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
        }

        using var without = await fixture.Gateway.GetAsync("/health", key: null);
        Assert.False(without.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task What_comes_without_tls_is_sent_to_the_configured_name_and_never_to_the_one_it_brings()
    {
        await using var gateway = await fixture.StartAsync("--Tls:RedirectTo=https://api.example.com/");

        using var answer = await gateway.SendAsync("POST", "/api/v1/bookings?a=%2F&b=%20", more: request => request.Headers.Host = "evil.example.com");
        using var health = await gateway.GetAsync("/health", key: null);

        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal("https://api.example.com/api/v1/bookings?a=%2F&b=%20", answer.Headers.GetValues("Location").Single());
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public void A_bad_setting_is_named_and_its_password_is_not()
    {
        var path = Path.Combine(_folder, "no.pem");
        File.WriteAllText(path, "nothing");
        Write("pfx");
        Write("pem");

        Assert.StartsWith("Tls:Certificate or Tls:Key cannot be read", new TlsSetupOf(Path.Combine(_folder, "absent.pem")).Reason, StringComparison.Ordinal);
        Assert.StartsWith("Tls:Certificate, Tls:Key and Tls:Password do not fit", new TlsSetupOf(path).Reason, StringComparison.Ordinal);
        Assert.StartsWith("Tls:Certificate, Tls:Key and Tls:Password do not fit", new TlsSetupOf(Path.Combine(_folder, "it.pfx"), Password: "hunter2").Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", new TlsSetupOf(Path.Combine(_folder, "it.pfx"), Password: "hunter2").Reason, StringComparison.Ordinal);
        Assert.StartsWith("Tls:Certificate, Tls:Key and Tls:Password do not fit", new TlsSetupOf(Path.Combine(_folder, "it.pem")).Reason, StringComparison.Ordinal);
        Assert.StartsWith("Tls:RedirectTo is", new TlsSetupOf(null, RedirectTo: "http://api.example.com").Reason, StringComparison.Ordinal);
        Assert.StartsWith("Tls:RedirectTo is", new TlsSetupOf(null, RedirectTo: "https://api.example.com/page").Reason, StringComparison.Ordinal);
        Assert.Null(new TlsSetupOf(null).Reason);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed record TlsSetupOf(string? Certificate, string? Key = null, string? Password = null, string? RedirectTo = null)
    {
        internal string? Reason => new Coworking.Gateway.Http.TlsSetup(Certificate, Key, Password, RedirectTo).Refuse();
    }

    private string[] Write(string form)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var path = Path.Combine(_folder, "it." + form);
        var keyPath = Path.Combine(_folder, "it.key");

        switch (form)
        {
            case "pfx":
                File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx, Password));
                return [$"--Tls:Certificate={path}", $"--Tls:Password={Password}"];
            case "one.pem":
                File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
                return [$"--Tls:Certificate={path}"];
            case "locked.pem":
                File.WriteAllText(path, certificate.ExportCertificatePem());
                File.WriteAllText(keyPath, key.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
                return [$"--Tls:Certificate={path}", $"--Tls:Key={keyPath}", $"--Tls:Password={Password}"];
            default:
                File.WriteAllText(path, certificate.ExportCertificatePem());
                File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
                return [$"--Tls:Certificate={path}", $"--Tls:Key={keyPath}"];
        }
    }
}
