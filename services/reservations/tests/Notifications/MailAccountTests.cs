using Coworking.Hosting.Mail;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>A mail server that asks for an account, and one that encrypts as badly as it can.</summary>
public sealed class MailAccountTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await telling.ForgetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_wrong_password_climbs_the_ladder_and_is_told_and_the_right_one_delivers()
    {
        await using var server = await DemandingMailServer.StartAsync(startTls: false, "right-1");
        var (client, clock) = (await BookAsync(), new LeapingClock());
        var before = clock.GetUtcNow();

        Assert.Equal(1, await telling.Courier(clock, Settings(server, "wrong-1", startTls: false)).RunOnceAsync(Token));

        // A try and three more after 2, 4 and 8 s, then the ladder; nothing was offered but the account.
        Assert.Equal(14, (clock.GetUtcNow() - before).TotalSeconds);

        for (var login = 0; login < 4; login++)
        {
            Assert.False((await server.NextAsync("login")).GetProperty("isRight").GetBoolean());
        }

        Assert.Empty(server.All());
        Assert.Equal(("pending", 1), await StateAsync(client));
        var error = await ErrorAsync(client);
        Assert.Contains("Mail:Username", error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-1", error, StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await telling.Courier(clock, Settings(server, "right-1", startTls: false)).RunOnceAsync(Token));

        Assert.Equal(("sent", 2), await StateAsync(client));
        Assert.True((await server.NextAsync("login")).GetProperty("isRight").GetBoolean());
        Assert.Equal(DemandingMailServer.Username, (await server.NextAsync("mail")).GetProperty("user").GetString());
        Assert.Equal(client, (await server.NextAsync("taken")).GetProperty("to").GetString());
    }

    [Fact]
    public async Task Without_STARTTLS_where_it_is_demanded_neither_the_password_nor_the_mail_is_said()
    {
        await using var server = await DemandingMailServer.StartAsync(startTls: false, "right-2");

        await AssertNothingIsSaidAsync(server, "right-2", "does not support secure connections");
    }

    [Fact]
    public async Task To_a_server_whose_certificate_nobody_vouches_for_neither_the_password_nor_the_mail_is_said()
    {
        await using var server = await DemandingMailServer.StartAsync(startTls: true, "right-3");

        await AssertNothingIsSaidAsync(server, "right-3", "certificate");
    }

    [Fact]
    public async Task A_relay_that_is_denied_may_be_for_our_settings_and_is_tried_again()
    {
        await using var server = RefusingServer.Start(isSilent: false, "554 5.7.1 Relay access denied");
        var (client, clock) = (await BookAsync(), new LeapingClock());

        Assert.Equal(1, await telling.Courier(clock, server.Port).RunOnceAsync(Token));

        Assert.Equal(("pending", 1), await StateAsync(client));
        Assert.Contains("Relay access denied", await ErrorAsync(client), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await telling.Courier(clock).RunOnceAsync(Token));
        await telling.Mails.OneToAsync(client);
    }

    private async Task AssertNothingIsSaidAsync(DemandingMailServer server, string password, string reason)
    {
        var client = await BookAsync();

        Assert.Equal(1, await telling.Courier(new LeapingClock(), Settings(server, password, startTls: true)).RunOnceAsync(Token));

        Assert.Equal(("pending", 1), await StateAsync(client));
        Assert.Contains(reason, await ErrorAsync(client), StringComparison.Ordinal);
        Assert.DoesNotContain(server.All(), one => one.GetProperty("event").GetString() is "login" or "mail" or "taken");
    }

    private static MailOptions Settings(DemandingMailServer server, string password, bool startTls) => new()
    {
        Host = "localhost",
        Port = server.Port,
        StartTls = startTls,
        Username = DemandingMailServer.Username,
        Password = password,
        From = "Coworking <hello@example.com>",
    };

    private async Task<string> BookAsync()
    {
        var client = MailBox.Address("client");
        var (_, space) = await telling.HouseAsync([]);
        await telling.Host.BookAsync(space, Stage.Monday(), email: client);
        await telling.SpreadAsync();
        return client;
    }

    private Task<string> ErrorAsync(string recipient) => telling.Host.ScalarAsync<string>("select last_error from mails where recipient = $1", recipient);

    private async Task<(string Status, int Tries)> StateAsync(string recipient) => (
        await telling.Host.ScalarAsync<string>("select status from mails where recipient = $1", recipient),
        await telling.Host.ScalarAsync<int>("select tries from mails where recipient = $1", recipient));
}
