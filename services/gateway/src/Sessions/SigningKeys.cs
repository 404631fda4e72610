using System.Buffers.Text;
using System.Security.Cryptography;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Sessions;

/// <summary>The keys of access tokens. A new one is put second until every gateway believes it, then first; the old one goes once its last token has expired.</summary>
internal sealed class SigningKeys : IDisposable
{
    private readonly List<(string Id, ECDsa Key)> _keys = [];

    public SigningKeys(TokenOptions options)
    {
        foreach (var text in options.SigningKeys)
        {
            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(Convert.FromBase64String(text), out _);

            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new CryptographicException("Not on P-256");
            }

            _keys.Add((Jws.KeyId(key), key));
        }
    }

    /// <summary>The public keys as RFC 7517 writes them.</summary>
    internal IReadOnlyList<PublicKey> Public => [.. _keys.Select(key => PublicKey.Of(key.Id, key.Key))];

    internal string Sign(ReadOnlySpan<byte> payload) => Jws.Sign(_keys[0].Key, _keys[0].Id, payload);

    internal byte[]? Verify(string token) => Jws.Verify(token, id => _keys.Find(key => key.Id == id).Key);

    public void Dispose() => _keys.ForEach(key => key.Key.Dispose());

    internal sealed record PublicKey(string Kty, string Crv, string X, string Y, string Use, string Alg, string Kid)
    {
        internal static PublicKey Of(string id, ECDsa key)
        {
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return new("EC", "P-256", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y), "sig", "ES256", id);
        }
    }
}
