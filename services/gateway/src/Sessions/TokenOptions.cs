using System.Security.Cryptography;

namespace Coworking.Gateway.Sessions;

/// <summary>Settings of the section Sessions.</summary>
/// <param name="SigningKeys">Sessions:SigningKeys:0, :1 …, each base64 of the PKCS #8 form of a P-256 private key. The first signs; all are published and believed.</param>
/// <param name="Issuer">Sessions:Issuer, the iss of access tokens.</param>
/// <param name="Audience">Sessions:Audience, their aud: a token of another platform is refused though its key be known.</param>
internal sealed record TokenOptions(IReadOnlyList<string> SigningKeys, string Issuer, string Audience)
{
    /// <summary>Published with this source, so that whoever has read it can sign: for Development alone.</summary>
    internal const string DemoKey =
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgosD6GExV4CpGY/u+rOeLckFQyMZ4fQ1lFcUYGHO0PnShRANCAATqrc1Pzykl+mzlVn3oLzyjVO+Or3R1+oK/MIsMuYHPamunADlpulu9LZJva1Ta6k9AFSuzIa4BhV4EX3PTI2/W";

    internal static TokenOptions Of(WebApplicationBuilder builder)
    {
        string[] keys = [.. (builder.Configuration.GetSection("Sessions:SigningKeys").Get<string[]>() ?? []).Where(key => !string.IsNullOrWhiteSpace(key))];
        return new(
            keys.Length == 0 && builder.Environment.IsDevelopment() ? [DemoKey] : keys,
            builder.Configuration["Sessions:Issuer"] ?? "coworking",
            builder.Configuration["Sessions:Audience"] ?? "coworking");
    }

    /// <summary>One line that names the setting at fault; null where all is well.</summary>
    internal static string? Refuse(WebApplicationBuilder builder)
    {
        var options = Of(builder);

        if (options.SigningKeys.Count == 0)
        {
            return "Sessions:SigningKeys is missing: the private keys of access tokens (base64 PKCS #8, P-256), the first of which signs; set Sessions__SigningKeys__0";
        }

        if (!builder.Environment.IsDevelopment() && options.SigningKeys.Contains(DemoKey))
        {
            return "Sessions:SigningKeys holds the published demo key, which is good in Development only";
        }

        if (options.SigningKeys.Contains(builder.Configuration["Identity:SigningKey"]))
        {
            // A client that holds an access token would hold what services believe of the gateway.
            return "Sessions:SigningKeys holds Identity:SigningKey; access tokens need a key of their own";
        }

        try
        {
            using var keys = new SigningKeys(options);
            return null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return "Sessions:SigningKeys holds something that is no base64 PKCS #8 private key on P-256";
        }
    }
}
