using System.Net;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;
using Coworking.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.Gateway.Tests.Accounts;

/// <summary>On a database of its own, whose gateway has no mail server: what is to be sent waits for the couriers of these tests.</summary>
public sealed class MailOutageTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task A_mail_server_that_is_away_loses_nothing_and_delays_nobody()
    {
        var mail = await LocalServers.SharedMailAsync();
        var person = await Person.RegisterAsync(fixture.Gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(fixture.Gateway));

        await Courier(mail.Host, Ports.Free(), TimeSpan.Zero).RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal("pending 1 1", await RowAsync(person, "status || ' ' || tries || ' ' || (last_error is not null)::int"));

        // Not at once again, and then it goes, with a token whose day begins there.
        Assert.Equal(0, await Courier(mail.Host, mail.SmtpPort, TimeSpan.Zero).RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.True(await Courier(mail.Host, mail.SmtpPort, TimeSpan.FromHours(5)).RunOnceAsync(TestContext.Current.CancellationToken) >= 1);
        Assert.Equal("sent 2 0", await RowAsync(person, "status || ' ' || tries || ' ' || (last_error is not null)::int"));
        Assert.Equal(true, await fixture.SqlAsync($"select bool_or(expires_at > now() + interval '28 hours') from mailed_tokens where account_id = '{person.Id}'"));
    }

    [Fact]
    public async Task After_a_day_a_mail_is_given_up_and_says_why()
    {
        var person = await Person.RegisterAsync(fixture.Gateway);
        await Courier("127.0.0.1", Ports.Free(), TimeSpan.FromHours(25)).RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal("failed 1", await RowAsync(person, "status || ' ' || (last_error is not null)::int"));
    }

    [Fact]
    public async Task A_mail_that_waits_with_a_link_for_a_new_password_goes_no_more_once_the_password_was_changed()
    {
        var person = await Person.RegisterAsync(fixture.Gateway);
        using var asked = await fixture.Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = person.Email });
        using var changed = await person.SendAsync(fixture.Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = Person.Right, newPassword = "Newer-Password-2" });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var (id, now) = ((Guid)(await fixture.SqlAsync($"select id from account_mails where email_key = '{person.Email}' and kind = 'reset_password' and status = 'dropped'"))!, TimeProvider.System.GetUtcNow());
        // A courier that took it on before makes no link either.
        Assert.Null(await MailedTokens.CreateAsync(fixture.Gateway.Service<NpgsqlDataSource>(), id, AccountMailKinds.ResetPassword, person.Id, now, TestContext.Current.CancellationToken));
        Assert.Equal(0L, await fixture.SqlAsync($"select count(*) from mailed_tokens where account_id = '{person.Id}'"));
    }

    private async Task<object?> RowAsync(Person person, string what) => await fixture.SqlAsync($"select {what} from account_mails where email_key = '{person.Email}'");

    private AccountCourier Courier(string host, int port, TimeSpan ahead)
    {
        var clock = new HastyClock(ahead);
        var gateway = fixture.Gateway;
        return new AccountCourier(
            gateway.Service<NpgsqlDataSource>(), new Mailer(Options.Create(new MailOptions { Host = host, Port = port }), clock), gateway.Service<AccountOptions>(), gateway.Service<LeaseStore>(), clock,
            NullLogger<AccountCourier>.Instance);
    }
}

/// <summary>A clock that is ahead, and on which every pause is over at once.</summary>
internal sealed class HastyClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
}
