using System.Net;
using System.Security.Cryptography;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Http;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Sessions;
using Coworking.Gateway.Transport;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Start;

namespace Coworking.Gateway;

/// <summary>What the gateway is told at start; read once, and judged before anything runs.</summary>
/// <param name="SigningKey">Identity:SigningKey, base64 of the PKCS #8 form of a P-256 private key. Empty only for verbs that sign nothing.</param>
/// <param name="AllowedOrigins">Cors:AllowedOrigins, e.g. https://app.example.com; a browser page from elsewhere may not call. Development adds every page of this machine.</param>
/// <param name="KnownProxies">Proxies:Known, networks such as 10.0.0.0/8: only from these X-Forwarded-For is believed.</param>
/// <param name="AcceptsDemoKeys">False in Production, also where the table holds some.</param>
internal sealed record GatewayOptions(string SigningKey, IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> KnownProxies, bool AcceptsDemoKeys)
{
    internal static GatewayOptions Of(WebApplicationBuilder builder) => new(
        builder.Configuration["Identity:SigningKey"] ?? "",
        builder.Configuration.GetSection("Cors:AllowedOrigins").Get<string[]>() ?? [],
        builder.Configuration.GetSection("Proxies:Known").Get<string[]>() ?? [],
        !builder.Environment.IsProduction());

    /// <summary>One line that names the setting which keeps the gateway from starting; null where all is well.</summary>
    internal static string? Refuse(WebApplicationBuilder builder, string[] arguments)
    {
        var verb = arguments.FirstOrDefault(argument => !argument.StartsWith('-'));

        if (verb == "demo" && builder.Environment.IsProduction())
        {
            return "demo: demo data is never loaded in Production";
        }

        if (verb == AccountVerbs.Verb && arguments.Count(argument => argument is AccountVerbs.Verb or AccountVerbs.Create) != 2)
        {
            return AccountVerbs.Usage;
        }

        return StartRefusals.RefusePostgres(builder.Configuration)
            // A migration or a demo key needs no secret and no services.
            ?? (verb is null
                ? RefuseSigningKey(builder.Configuration) ?? RefuseDestinations(builder.Configuration) ?? TlsSetup.Of(builder.Configuration).Refuse() ?? TokenOptions.Refuse(builder)
                : null)
            ?? builder.RefuseNeeded(arguments, "Accounts:PublicUrl")
            ?? (verb is null or AccountVerbs.Verb ? AccountOptions.Refuse(builder) : null)
            ?? RefuseOrigins(Of(builder).AllowedOrigins)
            ?? LimitOptions.Refuse(builder.Configuration)
            ?? OpenOptions.Refuse(builder.Configuration)
            ?? TransportSetup.Refuse(builder.Configuration)
            ?? RefuseProxies(Of(builder).KnownProxies);
    }

    private static string? RefuseSigningKey(ConfigurationManager configuration)
    {
        var text = configuration["Identity:SigningKey"];

        if (string.IsNullOrWhiteSpace(text))
        {
            return "Identity:SigningKey is missing: the private key by which the gateway vouches for callers (base64 PKCS #8, P-256); set Identity__SigningKey";
        }

        try
        {
            using var signer = new IdentityTokenSigner(text, TimeProvider.System);
            signer.TokenFor(new Caller("start", "start", Roles.User, null, EmailVerified: false, []));
            return null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return "Identity:SigningKey is no base64 PKCS #8 private key on P-256";
        }
    }

    private static string? RefuseDestinations(ConfigurationManager configuration)
    {
        foreach (var cluster in configuration.GetSection("ReverseProxy:Clusters").GetChildren())
        {
            var addresses = cluster.GetSection("Destinations").GetChildren().Select(destination => destination["Address"]).ToList();

            if (addresses.Count == 0)
            {
                return $"ReverseProxy:Clusters:{cluster.Key}:Destinations is missing; set ReverseProxy__Clusters__{cluster.Key}__Destinations__d1__Address";
            }

            if (!addresses.TrueForAll(address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                return $"ReverseProxy:Clusters:{cluster.Key}:Destinations holds an Address that is no http URL";
            }
        }

        return null;
    }

    private static string? RefuseOrigins(IReadOnlyList<string> origins) =>
        origins.FirstOrDefault(origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || origin.TrimEnd('/') != uri.GetLeftPart(UriPartial.Authority)) is { } bad
            ? $"Cors:AllowedOrigins holds '{bad}', which is no origin, e.g. https://app.example.com"
            : null;

    private static string? RefuseProxies(IReadOnlyList<string> networks) =>
        networks.FirstOrDefault(network => !IPNetwork.TryParse(network, out _)) is { } bad
            ? $"Proxies:Known holds '{bad}', which is no network, e.g. 10.0.0.0/8 or 192.0.2.7/32"
            : null;
}
