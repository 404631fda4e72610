using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

public sealed class MailTroubleTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await telling.ForgetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_mail_that_was_taken_while_the_database_went_away_for_a_moment_is_noted_and_not_sent_again()
    {
        var client = MailBox.Address("client");
        await BookAsync(client);
        await telling.SpreadAsync();
        await using var blips = await Blips.OfAsync(telling.Host, "mails", $"new.recipient = '{client}' and new.status = 'sent'");
        var clock = new LeapingClock();

        Assert.Equal(1, await telling.Courier(clock).RunOnceAsync(Token));

        Assert.Equal(("sent", 1), await StateAsync(client));
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, await telling.Courier(clock).RunOnceAsync(Token));
        await telling.Mails.OneToAsync(client);
    }

    [Fact]
    public async Task A_mail_that_breaks_in_an_unknown_way_climbs_the_ladder_with_its_error_and_holds_up_no_other()
    {
        var (broken, whole) = (MailBox.Address("broken"), MailBox.Address("whole"));
        await BookAsync(broken);
        await BookAsync(whole);
        await telling.SpreadAsync();
        await telling.Host.ExecuteAsync("update notices set payload = '[]' where payload->>'clientEmail' = $1", broken);
        var clock = new LeapingClock();

        Assert.Equal(2, await telling.Courier(clock).RunOnceAsync(Token));

        Assert.Equal((("pending", 1), ("sent", 1)), (await StateAsync(broken), await StateAsync(whole)));
        Assert.StartsWith("JsonException: ", await telling.Host.ScalarAsync<string>("select last_error from mails where recipient = $1", broken), StringComparison.Ordinal);

        for (var round = 0; round < 12 && await StateAsync(broken) is ("pending", _); round++)
        {
            clock.Advance(await telling.Host.ScalarAsync<DateTime>("select next_try_at from mails where recipient = $1", broken) - clock.GetUtcNow().UtcDateTime);
            await telling.Courier(clock).RunOnceAsync(Token);
        }

        Assert.Equal(("failed", 7), await StateAsync(broken));
    }

    [Fact]
    public async Task Late_news_are_not_for_who_no_longer_has_the_booking()
    {
        var (wrong, right) = (MailBox.Address("wrong"), MailBox.Address("right"));
        var (_, space) = await telling.HouseAsync([]);
        var booking = await telling.Host.BookAsync(space, Stage.Monday(), email: wrong);
        await telling.SpreadAsync();
        // The first try has come to nothing.
        await telling.Host.ExecuteAsync("update mails set tries = 1 where recipient = $1", wrong);
        (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { clientEmail = right })).Is(System.Net.HttpStatusCode.OK);

        await telling.TellAsync();

        Assert.StartsWith("Booking passed on: ", (await telling.Mails.OneToAsync(wrong)).GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.Equal(["dropped", "sent"], await telling.Host.ScalarAsync<string[]>("select array_agg(status order by status) from mails where recipient = $1", wrong));
        await telling.Mails.OneToAsync(right);
    }

    private async Task BookAsync(string client)
    {
        var (_, space) = await telling.HouseAsync([]);
        await telling.Host.BookAsync(space, Stage.Monday(), email: client);
    }

    private async Task<(string Status, int Tries)> StateAsync(string recipient) => (
        await telling.Host.ScalarAsync<string>("select status from mails where recipient = $1", recipient),
        await telling.Host.ScalarAsync<int>("select tries from mails where recipient = $1", recipient));
}
