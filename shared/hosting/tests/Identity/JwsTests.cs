using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Coworking.Hosting.Identity;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Hosting.Tests.Identity;

public sealed class JwsTests : IDisposable
{
    // RFC 7515, appendix A.3.
    private const string RfcToken =
        "eyJhbGciOiJFUzI1NiJ9"
        + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    private readonly ECDsa _rfcKey = ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint
        {
            X = Base64Url.DecodeFromChars("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            Y = Base64Url.DecodeFromChars("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        },
        D = Base64Url.DecodeFromChars("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
    });

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _rfcKey.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void The_signature_of_the_RFC_is_good()
    {
        var payload = Jws.Verify(RfcToken, keyId => keyId is null ? _rfcKey : null);
        Assert.Equal("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", Encoding.UTF8.GetString(payload!));
    }

    [Fact]
    public void The_signature_of_the_RFC_is_not_good_for_another_key() =>
        Assert.Null(Jws.Verify(RfcToken, _ => _key));

    [Fact]
    public void What_was_signed_is_read_back_and_names_its_key()
    {
        var token = Jws.Sign(_key, "k1", "payload"u8);
        string? asked = null;
        var payload = Jws.Verify(token, keyId =>
        {
            asked = keyId;
            return _key;
        });
        Assert.Equal("payload"u8.ToArray(), payload);
        Assert.Equal("k1", asked);
    }

    [Fact]
    public void A_token_with_one_character_changed_is_refused()
    {
        var token = Jws.Sign(_key, Jws.KeyId(_key), "{\"sub\":\"a\",\"role\":\"USER\"}"u8);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        // The last character is left out: four of its six bits belong to no byte, so another spelling of the same signature is no forgery.
        var changes =
            from at in Gen.Choose(0, token.Length - 2)
            from to in Gen.Elements(alphabet.ToCharArray())
            where token[at] != to
            select token[..at] + to + token[(at + 1)..];
        Prop.ForAll(changes.ToArbitrary(), changed => Jws.Verify(changed, keyId => keyId == Jws.KeyId(_key) ? _key : null) is null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261121, 7));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"None"}""")]
    [InlineData("""{"alg":"HS256"}""")]
    [InlineData("""{"alg":"es256"}""")]
    [InlineData("""{"alg":["ES256"]}""")]
    [InlineData("""{"alg":null}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"ES256","crit":["exp"],"exp":1}""")]
    [InlineData("""["ES256"]""")]
    [InlineData("""{"alg":"ES256" """)]
    [InlineData("")]
    public void No_header_but_plain_ES256_is_taken(string header)
    {
        // Signed well: only the header is at fault.
        var input = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString("{}"u8);
        var signature = _key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        Assert.Null(Jws.Verify($"{input}.{Base64Url.EncodeToString(signature)}", _ => _key));
        Assert.Null(Jws.Verify($"{input}.", _ => _key));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("a.b.c")]
    [InlineData("not a token")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.é")]
    public void What_is_no_token_is_refused_without_an_exception(string token) =>
        Assert.Null(Jws.Verify(token, _ => _key));

    [Fact]
    public void A_header_with_bytes_that_are_no_text_is_refused_without_an_exception()
    {
        byte[] header = [.. "{\"alg\":\"ES256\",\"kid\":\""u8, 0xE2, .. "\"}"u8];
        Assert.Null(Jws.Verify($"{Base64Url.EncodeToString(header)}.e30.AAAA", _ => _key));
    }

    [Theory]
    [InlineData("""{"alg":"\ud800"}""")]
    [InlineData("""{"alg":"ES256","kid":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"alg":"ES256"}""")]
    public void A_header_with_half_a_surrogate_pair_is_refused_without_an_exception(string header) =>
        Assert.Null(Jws.Verify($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.e30.AAAA", _ => _key));

    [Theory]
    [InlineData(" ")]
    [InlineData("\t")]
    [InlineData("\n")]
    [InlineData("=")]
    public void A_token_is_good_in_one_spelling_only(string inserted)
    {
        var token = Jws.Sign(_key, "k", "{}"u8);

        foreach (var at in new[] { 0, token.IndexOf('.', StringComparison.Ordinal), token.Length - 4, token.Length })
        {
            Assert.Null(Jws.Verify(token.Insert(at, inserted), _ => _key));
        }
    }

    [Fact]
    public void A_signature_in_the_DER_form_is_refused()
    {
        const string input = "eyJhbGciOiJFUzI1NiJ9.e30";
        var der = _key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Assert.Null(Jws.Verify($"{input}.{Base64Url.EncodeToString(der)}", _ => _key));
    }

    [Fact]
    public void A_token_that_is_too_long_is_refused_before_its_key_is_sought()
    {
        var token = Jws.Sign(_key, "k", new byte[Jws.MaxLength]);
        Assert.Null(Jws.Verify(token, _ => throw new NotSupportedException("It was read")));
    }

    [Fact]
    public void The_id_of_a_key_depends_on_its_public_part_only()
    {
        using var known = ECDsa.Create();
        known.ImportSubjectPublicKeyInfo(_key.ExportSubjectPublicKeyInfo(), out _);
        Assert.Equal(Jws.KeyId(_key), Jws.KeyId(known));
        Assert.NotEqual(Jws.KeyId(_key), Jws.KeyId(_rfcKey));
    }
}
