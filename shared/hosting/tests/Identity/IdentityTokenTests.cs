using Coworking.Hosting.Identity;
using Coworking.Local;

namespace Coworking.Hosting.Tests.Identity;

public sealed class IdentityTokenTests : IDisposable
{
    private static readonly Caller Admin = new("key/1", "key", Roles.Admin, Email: null, EmailVerified: false, []);
    private static readonly Caller Client = new("account/2", "account", Roles.Customer, "ana@example.com", EmailVerified: true, ["read", "bookings"]);

    private readonly FakeClock _clock = new();
    private readonly PlatformKeys _keys = PlatformKeys.Create();
    private readonly IdentityTokenSigner _signer;
    private readonly IdentityTokenVerifier _verifier;

    public IdentityTokenTests()
    {
        _signer = new IdentityTokenSigner(_keys.SigningKey, _clock);
        _verifier = new IdentityTokenVerifier(_keys.PublicKey, _clock);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _verifier.Dispose();
    }

    [Fact]
    public void A_caller_arrives_as_the_gateway_sent_it()
    {
        Assert.Equivalent(Admin, _verifier.Verify(_signer.TokenFor(Admin)), strict: true);
        Assert.Equivalent(Client, _verifier.Verify(_signer.TokenFor(Client)), strict: true);
    }

    [Fact]
    public void A_token_serves_for_half_its_life_and_is_then_made_anew()
    {
        var first = _signer.TokenFor(Admin);
        _clock.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(first, _signer.TokenFor(Admin));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.NotEqual(first, _signer.TokenFor(Admin));
    }

    [Fact]
    public void A_token_expires_whether_it_was_seen_before_or_not()
    {
        var (seen, unseen) = (_signer.TokenFor(Admin), _signer.TokenFor(Client));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull(_verifier.Verify(seen));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_verifier.Verify(seen));
        Assert.Null(_verifier.Verify(unseen));
    }

    [Fact]
    public void A_token_of_another_gateway_is_refused()
    {
        using var foreign = new IdentityTokenSigner(PlatformKeys.Create().SigningKey, _clock);
        Assert.Null(_verifier.Verify(foreign.TokenFor(Admin)));
        Assert.Null(_verifier.Verify(""));
        Assert.Null(_verifier.Verify("a.b.c"));
    }

    [Fact]
    public void While_keys_are_changed_over_both_are_good()
    {
        var next = PlatformKeys.Create();
        using var signer = new IdentityTokenSigner(next.SigningKey, _clock);
        using var verifier = new IdentityTokenVerifier($"{_keys.PublicKey}, {next.PublicKey}", _clock);
        Assert.NotNull(verifier.Verify(_signer.TokenFor(Admin)));
        Assert.NotNull(verifier.Verify(signer.TokenFor(Admin)));
    }

    [Fact]
    public void A_key_that_is_no_key_is_refused_at_start()
    {
        Assert.Throws<FormatException>(() => new IdentityTokenSigner("not base64!", _clock));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => new IdentityTokenVerifier("AAAA", _clock));
    }

    [Fact]
    public void Many_callers_do_not_fill_the_memory()
    {
        var tokens = Enumerable.Range(0, 10_500).Select(i => _signer.TokenFor(Admin with { Subject = $"key/{i}" })).ToList();
        Assert.All(tokens, token => Assert.NotNull(_verifier.Verify(token)));
    }

    [Fact]
    public async Task Many_requests_at_once_get_good_tokens()
    {
        var stop = TestContext.Current.CancellationToken;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), stop, (i, _) =>
        {
            var caller = Admin with { Subject = $"key/{i % 50}" };
            Assert.Equivalent(caller, _verifier.Verify(_signer.TokenFor(caller)), strict: true);
            return ValueTask.CompletedTask;
        });
    }
}
