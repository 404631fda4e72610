using System.Security.Cryptography;

namespace Coworking.Local;

/// <summary>The ES256 key pair of the gateway's identity tokens, in the forms that the services' settings take.</summary>
/// <param name="SigningKey">Base64 of the PKCS #8 private key (DER).</param>
/// <param name="PublicKey">Base64 of the SubjectPublicKeyInfo (DER).</param>
public sealed record PlatformKeys(string SigningKey, string PublicKey)
{
    public static PlatformKeys Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Of(key);
    }

    /// <summary>The pair kept in the file, made at the first call; only its owner can read the file.</summary>
    internal static PlatformKeys Keep(string file)
    {
        if (!File.Exists(file))
        {
            var created = Create();
            SecretFile.Write(file, created.SigningKey);
            return created;
        }

        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(File.ReadAllText(file)), out _);
        return Of(key);
    }

    private static PlatformKeys Of(ECDsa key) =>
        new(Convert.ToBase64String(key.ExportPkcs8PrivateKey()), Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
}
