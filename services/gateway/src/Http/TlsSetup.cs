using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Coworking.Gateway.Http;

/// <summary>The certificate for every https address among urls, and where requests without TLS are sent.</summary>
/// <param name="Certificate">Tls:Certificate, a file: PEM (its own certificate first, then the chain) or PFX. Empty: no https address can be opened.</param>
/// <param name="Key">Tls:Key, the private key as PEM, where the certificate is PEM and does not hold it itself.</param>
/// <param name="Password">Tls:Password of the PFX or of the key.</param>
/// <param name="RedirectTo">Tls:RedirectTo, e.g. https://api.example.com: what comes without TLS is sent there. Never to the name that the request brings, which anybody can write.</param>
internal sealed record TlsSetup(string? Certificate, string? Key, string? Password, string? RedirectTo)
{
    internal static TlsSetup Of(IConfiguration configuration) => new(configuration["Tls:Certificate"], configuration["Tls:Key"], configuration["Tls:Password"], configuration["Tls:RedirectTo"]);

    /// <summary>One line that names the setting at fault; null where all is well.</summary>
    internal string? Refuse()
    {
        if (!string.IsNullOrEmpty(RedirectTo) && !(Uri.TryCreate(RedirectTo, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && RedirectTo.TrimEnd('/') == uri.GetLeftPart(UriPartial.Authority)))
        {
            return $"Tls:RedirectTo is '{RedirectTo}', which is no https origin, e.g. https://api.example.com";
        }

        if (string.IsNullOrEmpty(Certificate))
        {
            return null;
        }

        // Before it is opened: the reader of certificates has one exception for all that can be wrong.
        if (new[] { Certificate, Key }.FirstOrDefault(file => !string.IsNullOrEmpty(file) && !File.Exists(file)) is { } absent)
        {
            return $"Tls:Certificate or Tls:Key cannot be read: there is no file '{absent}'";
        }

        try
        {
            var read = Read();
            using var certificate = read.Certificate;
            return certificate.HasPrivateKey ? null : "Tls:Certificate holds no private key; set Tls:Key";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Tls:Certificate or Tls:Key cannot be read: {e.Message}";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return "Tls:Certificate, Tls:Key and Tls:Password do not fit together, or are neither PEM nor PFX";
        }
    }

    internal void Configure(KestrelServerOptions kestrel)
    {
        if (string.IsNullOrEmpty(Certificate))
        {
            return;
        }

        var (certificate, chain) = Read();
        kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (certificate, chain));
    }

    private (X509Certificate2 Certificate, X509Certificate2Collection? Chain) Read()
    {
        if (X509Certificate2.GetCertContentType(Certificate!) == X509ContentType.Pkcs12)
        {
            return (X509CertificateLoader.LoadPkcs12FromFile(Certificate!, Password), null);
        }

        var key = string.IsNullOrEmpty(Key) ? Certificate : Key;
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Certificate!);
        return (string.IsNullOrEmpty(Password) ? X509Certificate2.CreateFromPemFile(Certificate!, key) : X509Certificate2.CreateFromEncryptedPemFile(Certificate!, Password, key), chain);
    }
}

internal static class HttpsRedirect
{
    /// <summary>308 keeps method and body. Probes come without TLS, and see the process rather than the world.</summary>
    internal static void UseHttpsRedirect(this WebApplication app)
    {
        if (app.Services.GetRequiredService<TlsSetup>().RedirectTo?.TrimEnd('/') is not { Length: > 0 } origin)
        {
            return;
        }

        app.Use((HttpContext context, RequestDelegate next) =>
        {
            var request = context.Request;

            if (request.IsHttps || request.Path.StartsWithSegments("/health"))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = origin + request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
            return Task.CompletedTask;
        });
    }
}
