using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Notifications.Mails;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

public sealed partial class BookingMailTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await telling.ForgetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_booking_is_told_to_client_and_house_with_text_html_and_an_invitation()
    {
        var (client, house) = (MailBox.Address("client"), MailBox.Address("house"));
        var (_, space) = await telling.HouseAsync([house], "America/Mexico_City", "Sala <Azul> 🏢");
        var start = Stage.Monday().AddHours(16);
        var booking = await BookAsync(space, start, client, new { clientName = "Ana <script>alert(1)</script> 😀", inquiry = "Tea & \"cakes\"\n<b>now</b>", phone = "+52 555", attendees = 4 });
        Assert.False(booking["confirmationSent"].GetBoolean());

        await telling.TellAsync();

        var mail = await telling.Mails.OneToAsync(client);
        var (text, html) = (mail.GetProperty("text").GetString()!, mail.GetProperty("html").GetString()!);
        Assert.StartsWith("Booking confirmed: Sala <Azul> 🏢, Monday, ", mail.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.Contains("10:00 – 11:00 (America/Mexico_City)", text, StringComparison.Ordinal);
        Assert.Contains("Ana <script>alert(1)</script> 😀", text, StringComparison.Ordinal);
        Assert.DoesNotContain("+52 555", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("Ana &lt;script&gt;", html, StringComparison.Ordinal);
        Assert.Contains("Tea &amp; &quot;cakes&quot;<br>&lt;b&gt;", html, StringComparison.Ordinal);
        // .NET writes the parameters of a content type in an order that differs from process to process.
        Assert.Matches(@"(?i)text/calendar;(\s*charset=""?utf-8""?;)?\s*method=""?REQUEST", await telling.Mails.SourceAsync(mail));

        var invitation = Unfolded(await telling.Mails.AttachmentAsync(mail, "invite.ics"));
        Assert.Contains("METHOD:REQUEST", invitation, StringComparison.Ordinal);
        Assert.Contains($"UID:{booking.Id}@coworking", invitation, StringComparison.Ordinal);
        Assert.Contains("SEQUENCE:1\r\n", invitation, StringComparison.Ordinal);
        Assert.Equal(["TRIGGER:-PT1440M", "TRIGGER:-PT30M"], invitation.Split("\r\n").Where(line => line.StartsWith("TRIGGER", StringComparison.Ordinal)));
        Assert.Contains($"mailto:{client}", invitation, StringComparison.Ordinal);

        var toHouse = await telling.Mails.OneToAsync(house);
        Assert.Contains("+52 555", toHouse.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains(client, toHouse.GetProperty("text").GetString(), StringComparison.Ordinal);
        MailBox.File(toHouse, "invite.ics");
        var read = await telling.Host.User.GetAsync($"/bookings/{booking.Id}");
        Assert.True(read["confirmationSent"].GetBoolean());
        Assert.Equal(booking["version"].GetInt64(), read["version"].GetInt64());
    }

    [Fact]
    public async Task A_move_and_a_cancellation_follow_with_growing_sequence_and_nothing_is_told_twice()
    {
        var client = MailBox.Address("client");
        var (_, space) = await telling.HouseAsync([client.ToUpperInvariant()]);
        var start = Stage.Monday().AddHours(9);
        var booking = await BookAsync(space, start, client);
        await telling.TellAsync();
        (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { startTime = start.AddHours(2), endTime = start.AddHours(3) })).Is(HttpStatusCode.OK);
        await telling.TellAsync();
        (await telling.Host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        await telling.TellAsync();
        await telling.TellAsync();

        var mails = await telling.Mails.ToAsync(client, 3);
        Assert.Equal(["Booking confirmed", "Booking changed", "Booking cancelled"], mails.Select(mail => mail.GetProperty("subject").GetString()!.Split(':')[0]));
        Assert.Contains("Before: ", mails[1].GetProperty("text").GetString(), StringComparison.Ordinal);
        string[] invitations = [.. await Task.WhenAll(mails.Select(mail => telling.Mails.AttachmentAsync(mail, "invite.ics")))];
        Assert.Contains("METHOD:CANCEL", invitations[2], StringComparison.Ordinal);
        Assert.Contains("STATUS:CANCELLED", invitations[2], StringComparison.Ordinal);
        Assert.Equal(["1", "2", "3"], invitations.Select(one => Sequence().Match(one).Groups["number"].Value));
        // The contact is the client in other letters: one person, one mail.
        Assert.Empty(await telling.Mails.ToAsync(client.ToUpperInvariant()));
    }

    [Fact]
    public async Task No_name_smuggles_a_header_or_a_recipient_into_a_mail()
    {
        var (client, victim) = (MailBox.Address("client"), MailBox.Address("victim"));
        var (_, space) = await telling.HouseAsync([], space: $"Room\r\nBcc: {victim}\r\n\r\nBody 🏢 {string.Concat(Enumerable.Repeat("😀é", 40))}");
        await BookAsync(space, Stage.Monday(), client, new { clientName = $"Ana\r\nBcc: {victim}", company = "\"; DROP\r\nX-Evil: 1" });

        await telling.TellAsync();

        var mail = await telling.Mails.OneToAsync(client);
        Assert.Empty(await telling.Mails.ToAsync(victim));
        var headers = mail.GetProperty("headers");
        Assert.False(headers.TryGetProperty("bcc", out _) || headers.TryGetProperty("x-evil", out _));
        Assert.Equal("auto-generated", headers.GetProperty("auto-submitted").GetString());
        Assert.StartsWith($"Booking confirmed: Room Bcc: {victim} Body 🏢 😀é😀é", mail.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\uFFFD", mail.GetProperty("subject").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_delays_a_mail_and_fails_no_booking()
    {
        var client = MailBox.Address("client");
        var (_, space) = await telling.HouseAsync([]);
        var booking = await BookAsync(space, Stage.Monday(), client);
        var clock = new LeapingClock();
        await telling.SpreadAsync(clock);
        using var dead = new DeadPort();
        var away = telling.Courier(clock, dead.Port);
        var before = clock.GetUtcNow();

        await away.RunOnceAsync(Token);

        // A try and three more after 2, 4 and 8 s, then the ladder.
        Assert.Equal(14, (clock.GetUtcNow() - before).TotalSeconds);
        Assert.Equal(("pending", 1), await StateAsync(client));
        Assert.Equal(0, await telling.Courier(clock).RunOnceAsync(Token));
        Assert.False((await telling.Host.User.GetAsync($"/bookings/{booking.Id}"))["confirmationSent"].GetBoolean());

        clock.Advance(TimeSpan.FromMinutes(1));
        await away.RunOnceAsync(Token);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, await telling.Courier(clock).RunOnceAsync(Token));
        Assert.Equal(0, await telling.Courier(clock).RunOnceAsync(Token));
        Assert.Equal(("sent", 3), await StateAsync(client));
        await telling.Mails.OneToAsync(client);
    }

    [Fact]
    public async Task A_mail_that_nobody_takes_for_twenty_hours_is_given_up_and_late_news_that_is_no_longer_true_is_dropped()
    {
        var (lost, overtaken) = (MailBox.Address("lost"), MailBox.Address("overtaken"));
        var (_, space) = await telling.HouseAsync([]);
        await BookAsync(space, Stage.Monday(), lost);
        var cancelled = await BookAsync(space, Stage.Monday(), overtaken);
        var clock = new LeapingClock();
        await telling.SpreadAsync(clock);
        using var dead = new DeadPort();
        var (away, began) = (telling.Courier(clock, dead.Port), clock.GetUtcNow());
        await away.RunOnceAsync(Token);
        (await telling.Host.User.DeleteAsync($"/bookings/{cancelled.Id}")).Is(HttpStatusCode.NoContent);

        for (var round = 0; round < 12 && await StateAsync(lost) is ("pending", _); round++)
        {
            clock.Advance(await telling.Host.ScalarAsync<DateTime>("select next_try_at from mails where recipient = $1", lost) - clock.GetUtcNow().UtcDateTime);
            await away.RunOnceAsync(Token);
        }

        Assert.Equal(("failed", 7), await StateAsync(lost));
        Assert.InRange(clock.GetUtcNow() - began, TimeSpan.FromHours(19), TimeSpan.FromHours(21));
        Assert.Equal(("dropped", 2), await StateAsync(overtaken));
    }

    [Fact]
    public async Task Couriers_at_once_deliver_each_mail_once()
    {
        var contacts = Enumerable.Range(0, 10).Select(_ => MailBox.Address("many")).ToArray();
        var (_, space) = await telling.HouseAsync(contacts);
        await BookAsync(space, Stage.Monday(), MailBox.Address("many"));
        await Task.WhenAll(telling.SpreadAsync(), telling.SpreadAsync(), telling.SpreadAsync());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => telling.TellAsync()));

        foreach (var contact in contacts)
        {
            await telling.Mails.OneToAsync(contact);
        }
    }

    [Fact]
    public async Task A_mail_whose_courier_died_is_sent_by_the_next_once_its_claim_has_ended()
    {
        var client = MailBox.Address("client");
        var (_, space) = await telling.HouseAsync([]);
        await BookAsync(space, Stage.Monday(), client);
        await telling.TellAsync();
        await telling.Host.ExecuteAsync("update mails set status = 'pending', tries = 0, next_try_at = now() where recipient = $1", client);
        var clock = new LeapingClock();
        var claimed = Assert.Single(await DueMail.ClaimAsync(telling.Host.Database, clock.GetUtcNow(), 16, Token), mail => mail.Recipient == client);

        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(0, await telling.Courier(clock).RunOnceAsync(Token));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await telling.Courier(clock).RunOnceAsync(Token));

        // The copy has the Message-ID of the first: that is how a reader knows it.
        var mails = await telling.Mails.ToAsync(client, 2);
        Assert.Equal($"<{claimed.Id:N}@example.com>", Assert.Single(mails.Select(mail => mail.GetProperty("headers").GetProperty("message-id").GetString()).Distinct()));
    }

    [Fact]
    public async Task A_refused_recipient_is_not_tried_again_and_a_courier_that_stops_gives_back_what_it_has_not_sent()
    {
        var client = MailBox.Address("client");
        var (_, space) = await telling.HouseAsync([]);
        await BookAsync(space, Stage.Monday(), client);
        await telling.SpreadAsync();
        await using var silent = RefusingServer.Start(isSilent: true);
        using var stopping = new CancellationTokenSource();
        var sending = telling.Courier(port: silent.Port).RunOnceAsync(stopping.Token);
        await silent.Called.WaitAsync(TimeSpan.FromSeconds(90), Token);
        await stopping.CancelAsync();
        await sending;
        Assert.Equal(("pending", 0), await StateAsync(client));

        await using var server = RefusingServer.Start(isSilent: false);
        await telling.Courier(port: server.Port).RunOnceAsync(Token);

        Assert.Equal(("failed", 1), await StateAsync(client));
        Assert.Contains("no such person", await telling.Host.ScalarAsync<string>("select last_error from mails where recipient = $1", client), StringComparison.Ordinal);
    }

    private async Task<Answer> BookAsync(Guid space, DateTimeOffset start, string client, object? more = null)
    {
        var wish = Stage.Wish(space, start, email: client);

        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            wish[property.Name] = property.GetValue(more);
        }

        return (await telling.Host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
    }

    private async Task<(string Status, int Tries)> StateAsync(string recipient) => (
        await telling.Host.ScalarAsync<string>("select status from mails where recipient = $1", recipient),
        await telling.Host.ScalarAsync<int>("select tries from mails where recipient = $1", recipient));

    private static string Unfolded(string calendar) => calendar.Replace("\r\n ", "", StringComparison.Ordinal);

    [GeneratedRegex(@"SEQUENCE:(?<number>\d+)", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Sequence();
}
