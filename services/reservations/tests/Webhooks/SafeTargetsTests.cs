using System.Net;
using Coworking.Reservations.Tests.Notifications;
using Coworking.Reservations.Webhooks;
using Coworking.Reservations.Webhooks.Deliveries;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Tests.Webhooks;

public sealed class SafeTargetsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("192.0.0.192")]
    [InlineData("198.19.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::7f00:1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2001:0:4136:e378::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("100::1")]
    [InlineData("fec0::1")]
    public void An_address_of_no_public_network_is_known_as_such(string address) => Assert.False(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("192.167.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450::1")]
    public void A_public_address_is_known_as_such(string address) => Assert.True(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:169.254.169.254]/latest/meta-data")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    public async Task An_address_in_any_spelling_is_refused_at_registration(string url) =>
        Assert.Equal("it leads into a private or reserved network", await Targets((_, _) => throw new InvalidOperationException("a literal is not looked up")).RefuseAsync(url, Token));

    [Fact]
    public async Task A_name_is_refused_by_its_worst_address_and_where_it_has_none()
    {
        var (good, bad) = (IPAddress.Parse("1.1.1.1"), IPAddress.Parse("10.0.0.1"));
        Assert.Null(await Targets((_, _) => Task.FromResult<IPAddress[]>([good])).RefuseAsync("https://example.com/", Token));
        Assert.Equal("it leads into a private or reserved network", await Targets((_, _) => Task.FromResult<IPAddress[]>([good, bad])).RefuseAsync("https://example.com/", Token));
        Assert.Equal("its name has no address", await Targets((_, _) => Task.FromResult<IPAddress[]>([])).RefuseAsync("https://example.com/", Token));
        Assert.Equal(
            "its name has no address",
            await Targets((_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound)).RefuseAsync("https://example.com/", Token));
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_when_it_is_connected_to_is_refused_there()
    {
        await using var inside = await Receiver.StartAsync();
        var url = inside.Url.Replace("127.0.0.1", "rebinding.example", StringComparison.Ordinal);
        var asked = 0;
        LookUp lookUp = (_, _) => Task.FromResult<IPAddress[]>([asked++ == 0 ? IPAddress.Parse("1.1.1.1") : IPAddress.Loopback]);
        Assert.Null(await Targets(lookUp).RefuseAsync(url, Token));

        using var sender = TellingHost.Sender(TimeProvider.System, allowPrivate: false, lookUp: lookUp);
        asked = 1;
        var answer = await sender.SendAsync(new WebhookCall(Guid.CreateVersion7(), url, "whsec_x", "webhook.test", "{}"), Token);

        Assert.False(answer.IsTaken);
        Assert.StartsWith("it leads into a private or reserved network", answer.Error, StringComparison.Ordinal);
        Assert.Empty(inside.Calls);
    }

    [Fact]
    public void Outside_development_only_https_is_taken()
    {
        var details = new WebhookDetails("http://example.com/", ["*"], null);

        Assert.True(details.Check(allowHttp: false).IsRefused(out var refusal, out _));
        Assert.Equal("url must begin with https://", Assert.Single(refusal.Errors!["url"]));
        Assert.False(details.Check(allowHttp: true).IsRefused(out _, out _));
    }

    private static SafeTargets Targets(LookUp lookUp) => new(lookUp, Options.Create(new WebhookOptions { AllowPrivateTargets = false }));
}
