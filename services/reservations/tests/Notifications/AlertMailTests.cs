using System.Text.Json;
using Coworking.Contracts;
using Coworking.Local;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Waitlist;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Notifications;

public sealed class AlertMailTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await telling.ForgetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Alerts_are_told_to_the_contacts_of_their_location_step_by_step_and_each_step_once()
    {
        string[] contacts = [MailBox.Address("desk"), MailBox.Address("boss")];
        var (location, space) = await telling.HouseAsync(contacts, "America/Mexico_City", "Despensa");
        var alert = Facts(location, space);
        await using var bus = await BusProbe.OnAsync(telling.Host.Bus);
        _ = telling.Host.Services;
        await Wait.UntilAsync(() => bus.StandsAsync("reservations-alerts"), Limit, "the queue stands", Token);
        var now = TimeProvider.System.GetUtcNow();
        await SayAsync(bus, "coworking:alert-opened", new AlertOpened(Guid.CreateVersion7(), now, 1, alert));
        // As a snapshot says it again.
        await SayAsync(bus, "coworking:alert-opened", new AlertOpened(Guid.CreateVersion7(), now, 1, alert));
        await SayAsync(bus, "coworking:alert-escalated", new AlertEscalated(Guid.CreateVersion7(), now, 2, alert, 1));
        await SayAsync(bus, "coworking:alert-resolved", new AlertResolved(Guid.CreateVersion7(), now, 3, alert with { ResolvedAt = now }, "by_hand", "Closed the <door>"));
        await Wait.UntilAsync(
            async () => await telling.Host.ScalarAsync<long>("select count(*) from inbox_messages where consumer = 'WhenAlertChanged'") == 4, Limit, "all four were heard", Token);

        await telling.TellAsync();

        foreach (var contact in contacts)
        {
            var mails = (await telling.Mails.ToAsync(contact, 3)).ToDictionary(mail => mail.GetProperty("subject").GetString()!);
            Assert.Equal(
                ["Alert: HIGH_TEMP in Despensa (critical)", "Escalated alert (level 1): HIGH_TEMP in Despensa (critical)", "Resolved alert: HIGH_TEMP in Despensa (critical)"],
                mails.Keys.Order(StringComparer.Ordinal));
            var opened = mails["Alert: HIGH_TEMP in Despensa (critical)"].GetProperty("text").GetString()!;
            Assert.Contains("value: 11.5", opened, StringComparison.Ordinal);
            Assert.Contains("(America/Mexico_City)", opened, StringComparison.Ordinal);
            Assert.Contains("Closed the &lt;door&gt;", mails["Resolved alert: HIGH_TEMP in Despensa (critical)"].GetProperty("html").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_offer_goes_to_the_client_alone_and_only_while_it_stands()
    {
        var (inTime, late, house) = (MailBox.Address("waiter"), MailBox.Address("late"), MailBox.Address("house"));
        var (_, space) = await telling.HouseAsync([house]);
        var (first, second) = (await HeldAsync(space, inTime), await HeldAsync(space, late));
        var now = TimeProvider.System.GetUtcNow();
        await OfferAsync(first, "https://coworking.example/api/v1/waitlist/offers/a-b_c", now.AddMinutes(30));
        await OfferAsync(second, "https://coworking.example/api/v1/waitlist/offers/d", now);

        await telling.TellAsync();

        var mail = await telling.Mails.OneToAsync(inTime);
        Assert.Contains("https://coworking.example/api/v1/waitlist/offers/a-b_c", mail.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("href=\"https://coworking.example/api/v1/waitlist/offers/a-b_c\"", mail.GetProperty("html").GetString(), StringComparison.Ordinal);
        Assert.Equal("dropped", await telling.Host.ScalarAsync<string>("select status from mails where recipient = $1", late));
        Assert.Equal(0L, await telling.Host.ScalarAsync<long>("select count(*) from mails where recipient = $1", house));
        Assert.Equal(0L, await telling.Host.ScalarAsync<long>("select count(*) from notices where payload::text like '%waitlist/offers%'"));
    }

    [Fact]
    public async Task What_was_told_a_month_ago_is_forgotten_and_what_waits_is_not()
    {
        var (told, waiting) = (MailBox.Address("told"), MailBox.Address("waiting"));
        var (_, space) = await telling.HouseAsync([]);
        await telling.Host.BookAsync(space, Stage.Monday(), email: told);
        await telling.TellAsync();
        await telling.Host.BookAsync(space, Stage.Monday(), email: waiting);

        await telling.Spreader(new LeapingClock(TimeProvider.System.GetUtcNow().AddDays(31))).ForgetAsync(Token);

        Assert.Equal(0L, await telling.Host.ScalarAsync<long>("select count(*) from mails where recipient = $1", told));
        Assert.Equal(1L, await telling.Host.ScalarAsync<long>("select count(*) from notices where payload->>'clientEmail' = $1", waiting));
    }

    [Fact]
    public async Task A_mail_that_waits_is_kept_however_long_it_waits()
    {
        var waiting = MailBox.Address("waiting");
        var (_, space) = await telling.HouseAsync([]);
        await telling.Host.BookAsync(space, Stage.Monday(), email: waiting);
        await telling.SpreadAsync();

        await telling.Spreader(new LeapingClock(TimeProvider.System.GetUtcNow().AddDays(500))).ForgetAsync(Token);

        Assert.Equal("pending", await telling.Host.ScalarAsync<string>("select status from mails where recipient = $1", waiting));
    }

    [Fact]
    public async Task An_alert_that_is_said_again_after_months_is_not_told_again_though_the_details_are_forgotten()
    {
        var contact = MailBox.Address("desk");
        var (location, space) = await telling.HouseAsync([contact]);
        var alert = Facts(location, space);
        await OpenedAsync(alert);
        await telling.TellAsync();
        await telling.Mails.OneToAsync(contact);
        var spreader = telling.Spreader(new LeapingClock(TimeProvider.System.GetUtcNow().AddDays(300)));
        await spreader.ForgetAsync(Token);
        await spreader.ForgetAsync(Token);

        await OpenedAsync(alert);
        await telling.TellAsync();

        Assert.Equal(0L, await telling.Host.ScalarAsync<long>("select count(*) from mails where recipient = $1", contact));
        Assert.Equal("{}", await telling.Host.ScalarAsync<string>("select payload::text from notices where key = $1", $"alert/{alert.Id}/opened"));
        await telling.Spreader(new LeapingClock(TimeProvider.System.GetUtcNow().AddDays(401))).ForgetAsync(Token);
        Assert.Equal(0L, await telling.Host.ScalarAsync<long>("select count(*) from notices where key = $1", $"alert/{alert.Id}/opened"));
    }

    [Fact]
    public async Task The_link_of_an_offer_that_has_ended_is_forgotten_though_its_mail_still_waits()
    {
        var (_, space) = await telling.HouseAsync([]);
        var (ended, stands) = (await HeldAsync(space, MailBox.Address("late")), await HeldAsync(space, MailBox.Address("waiter")));
        var now = TimeProvider.System.GetUtcNow();
        await OfferAsync(ended, "https://coworking.example/api/v1/waitlist/offers/e", now);
        await OfferAsync(stands, "https://coworking.example/api/v1/waitlist/offers/s", now.AddMinutes(30));
        await telling.SpreadAsync();

        await telling.Spreader().ForgetAsync(Token);

        Assert.Equal((false, true), (await HasLinkAsync(ended), await HasLinkAsync(stands)));
        await telling.TellAsync();
        Assert.False(await HasLinkAsync(stands));
    }

    private Task<bool> HasLinkAsync(Guid booking) =>
        telling.Host.ScalarAsync<bool>("select payload->>'link' is not null from notices where key = $1", $"booking/{booking}/offered");

    /// <summary>As the bus has it told.</summary>
    private async Task OpenedAsync(AlertFacts alert)
    {
        await using var scope = telling.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
        var notice = Notice.Of($"alert/{alert.Id}/opened", NoticeKinds.AlertOpened, alert.LocationId, new AlertNotice(alert.SpaceId, 1, alert), TimeProvider.System.GetUtcNow());
        await db.TellAsync(notice, Token);
    }

    private static AlertFacts Facts(Guid location, Guid space)
    {
        var at = TimeProvider.System.GetUtcNow();
        return new(Guid.CreateVersion7(), space, location, "HIGH_TEMP", "critical", at, at, at, null, JsonSerializer.SerializeToElement(new { value = 11.5, threshold = 8, unit = "°C" }));
    }

    private static Task SayAsync(BusProbe bus, string exchange, object message) =>
        bus.SayAsync(exchange, message.GetType().Name, (Guid)message.GetType().GetProperty("MessageId")!.GetValue(message)!, message);

    private async Task<Guid> HeldAsync(Guid space, string email)
    {
        var id = (await telling.Host.BookAsync(space, Stage.Monday(), email: email)).Id;
        await telling.ForgetAsync();
        await telling.Host.ExecuteAsync("update bookings set status = 'held', held_until = now() + interval '30 minutes' where id = $1", id);
        return id;
    }

    private async Task OfferAsync(Guid bookingId, string link, DateTimeOffset expiresAt)
    {
        await using var scope = telling.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
        var held = await db.Bookings.AsNoTracking().SingleAsync(booking => booking.Id == bookingId, Token);
        await Notices.OfOffer(db, new MadeOffer(Guid.CreateVersion7(), held, expiresAt, link, TimeProvider.System.GetUtcNow()), Token);
        await db.SaveChangesAsync(Token);
    }
}
