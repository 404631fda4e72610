using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Coworking.Gateway.Sessions;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Sessions;

public sealed class AccessTokenTests(AccountsFixture fixture)
{
    private static readonly string Old = PlatformKeys.Create().SigningKey;
    private static readonly string New = PlatformKeys.Create().SigningKey;
    private readonly StillClock _clock = new();

    [Fact]
    public void A_token_says_whose_session_it_is_for_a_quarter_of_an_hour()
    {
        using var keys = Keys(New);
        var form = Form(keys);
        var (account, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var token = form.Write(account, session, Roles.Customer);
        Assert.True(token.Length < 600, $"{token.Length}");

        var claims = form.Read(token)!;
        Assert.Equal((account, session, Roles.Customer, 900L), (claims.Sub, claims.Sid, claims.Role, claims.Exp - claims.Iat));
        _clock.Now += TimeSpan.FromSeconds(899);
        Assert.NotNull(form.Read(token));
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Null(form.Read(token));
        _clock.Now -= TimeSpan.FromMinutes(16);
        Assert.Null(form.Read(token));
    }

    [Fact]
    public void Nothing_but_our_own_good_signature_is_believed()
    {
        using var keys = Keys(New);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(New), out _);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var form = Form(keys);
        var now = _clock.Now.ToUnixTimeSeconds();
        var id = Jws.KeyId(key);
        string Payload(string iss = "coworking", string aud = "coworking", long iat = 0, long exp = 900) =>
            JsonSerializer.Serialize(new { iss, aud, sub = Guid.CreateVersion7(), sid = Guid.CreateVersion7(), role = "ADMIN", iat = now + iat, exp = now + exp });
        string Signed(string payload, ECDsa by, string kid) => Jws.Sign(by, kid, Encoding.UTF8.GetBytes(payload));
        var good = Signed(Payload(), key, id);
        Assert.NotNull(form.Read(good));
        var parts = good.Split('.');

        string[] bad =
        [
            Signed(Payload(iss: "other"), key, id), Signed(Payload(aud: "other"), key, id), Signed(Payload(exp: 0), key, id), Signed(Payload(iat: -901, exp: -1), key, id),
            Signed(Payload(iat: 31, exp: 900), key, id), Signed(Payload(exp: 901), key, id), Signed(Payload(), foreign, id), Signed(Payload(), foreign, Jws.KeyId(foreign)), Signed(Payload(), key, "other"),
            Signed("{}", key, id), Signed("[]", key, id), Signed("null", key, id), Signed("no json", key, id), Signed(Payload().Replace("\"sid\":\"", "\"sid\":\"x", StringComparison.Ordinal), key, id),
            $"{Encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{parts[1]}.", $"{Encoded("{\"alg\":\"none\",\"kid\":\"" + id + "\"}")}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{Encoded(Payload())}.{parts[2]}", $"{parts[0]}.{parts[1]}.{Encoded("signature")}", $"{parts[0]}.{parts[1]}", $"{good}.{parts[2]}", "", ".", "..", "a.b.c", new string('x', 10_000),
            Hs256(id, Payload(), key.ExportSubjectPublicKeyInfo()), $"{Encoded("{\"alg\":\"ES256\",\"kid\":\"\\ud800\"}")}.{parts[1]}.{parts[2]}", good.Insert(good.Length - 3, " "),
        ];
        Assert.All(bad, token => Assert.Null(form.Read(token)));

        // Any change of any part, one character at a time.
        for (var i = 0; i < good.Length; i += 7)
        {
            var changed = good[..i] + (good[i] == 'A' ? 'B' : 'A') + good[(i + 1)..];
            Assert.True(form.Read(changed) is null, $"changed at {i}");
        }
    }

    [Fact]
    public void Keys_are_rotated_without_signing_anybody_out()
    {
        using var before = Keys(Old);
        using var between = Keys(New, Old);
        using var after = Keys(New);
        var (old, fresh) = (Form(before).Write(Guid.CreateVersion7(), Guid.CreateVersion7(), "CUSTOMER"), Form(between).Write(Guid.CreateVersion7(), Guid.CreateVersion7(), "CUSTOMER"));
        Assert.NotNull(Form(between).Read(old));
        Assert.NotNull(Form(between).Read(fresh));
        Assert.NotNull(Form(after).Read(fresh));
        Assert.Null(Form(after).Read(old));
        Assert.Equal(2, between.Public.Count);
    }

    [Fact]
    public async Task The_published_keys_check_a_token_without_us()
    {
        var person = await Person.RegisterAsync(fixture.Gateway);
        using var answer = await fixture.Gateway.GetAsync("/.well-known/jwks.json", key: null);
        var json = await Person.JsonAsync(answer, HttpStatusCode.OK);
        Assert.DoesNotContain("\"d\"", json.GetRawText(), StringComparison.Ordinal);
        var parts = person.AccessToken.Split('.');
        var header = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[0]));
        var published = json.GetProperty("keys").EnumerateArray().Single(key => key.GetProperty("kid").GetString() == header.GetProperty("kid").GetString());
        Assert.Equal(("EC", "P-256", "ES256", "sig"), (published.GetProperty("kty").GetString(), published.GetProperty("crv").GetString(), published.GetProperty("alg").GetString(), published.GetProperty("use").GetString()));
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(published.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(published.GetProperty("y").GetString()) },
        });
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task A_token_of_another_key_opens_nothing_at_the_gate()
    {
        using var keys = Keys(New);
        var person = await Person.RegisterAsync(fixture.Gateway);
        var session = (Guid)(await fixture.SqlAsync($"select id from sessions where account_id = '{person.Id}'"))!;
        _clock.Now = TimeProvider.System.GetUtcNow();
        var forged = person with { AccessToken = Form(keys).Write(person.Id, session, "ADMIN") };
        Assert.Equal(HttpStatusCode.Unauthorized, await forged.StatusAsync(fixture.Gateway));
    }

    private AccessTokenForm Form(SigningKeys keys) => new(keys, Options([]), _clock);

    private static SigningKeys Keys(params string[] keys) => new(Options(keys));

    private static TokenOptions Options(string[] keys) => new(keys, "coworking", "coworking");

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    // What works where a verifier takes the algorithm from the token and the public key for a secret.
    private static string Hs256(string kid, string payload, byte[] publicKey)
    {
        var input = $"{Encoded("{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}")}.{Encoded(payload)}";
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(publicKey, Encoding.ASCII.GetBytes(input)))}";
    }

    private sealed class StillClock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
