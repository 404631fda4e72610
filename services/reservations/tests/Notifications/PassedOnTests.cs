using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>A booking that one client gives to another.</summary>
public sealed class PassedOnTests(TellingHost telling) : IClassFixture<TellingHost>
{
    [Fact]
    public async Task Who_passes_a_booking_on_is_told_that_it_is_gone_and_nothing_of_who_has_it_now()
    {
        var (first, second) = (MailBox.Address("first"), MailBox.Address("second"));
        var (_, space) = await telling.HouseAsync([]);
        var booking = await telling.Host.BookAsync(space, Stage.Monday(), email: first);
        await telling.TellAsync();
        var passed = (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { clientEmail = second, clientName = "Rosa" })).Is(HttpStatusCode.OK);
        Assert.False(passed["confirmationSent"].GetBoolean());

        await telling.TellAsync();

        // Mails of one second have no order.
        var gone = Assert.Single(await telling.Mails.ToAsync(first, 2), mail => mail.GetProperty("subject").GetString()!.StartsWith("Booking passed on: ", StringComparison.Ordinal));
        Assert.DoesNotContain("Rosa", gone.GetProperty("text").GetString(), StringComparison.Ordinal);
        var invitation = (await telling.Mails.AttachmentAsync(gone, "invite.ics")).Replace("\r\n ", "", StringComparison.Ordinal);
        Assert.Contains("METHOD:CANCEL", invitation, StringComparison.Ordinal);
        Assert.Contains("SEQUENCE:2\r\n", invitation, StringComparison.Ordinal);
        Assert.Contains($"mailto:{first}", invitation, StringComparison.Ordinal);
        Assert.DoesNotContain(second, invitation, StringComparison.Ordinal);
        Assert.StartsWith("Booking changed: ", (await telling.Mails.OneToAsync(second)).GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.True((await telling.Host.User.GetAsync($"/bookings/{booking.Id}"))["confirmationSent"].GetBoolean());
    }

    [Fact]
    public async Task A_house_that_booked_for_somebody_keeps_it_in_its_calendar()
    {
        var house = MailBox.Address("house");
        var (_, space) = await telling.HouseAsync([house]);
        var booking = await telling.Host.BookAsync(space, Stage.Monday(), email: house);
        await telling.TellAsync();
        (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { clientEmail = MailBox.Address("client") })).Is(HttpStatusCode.OK);
        await telling.TellAsync();

        var mails = await telling.Mails.ToAsync(house, 2);
        Assert.Equal(["Booking changed", "Booking confirmed"], mails.Select(mail => mail.GetProperty("subject").GetString()!.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_house_that_a_booking_leaves_is_told_unless_it_keeps_it()
    {
        var (old, both, next, client) = (MailBox.Address("old"), MailBox.Address("both"), MailBox.Address("next"), MailBox.Address("client"));
        var (_, space) = await telling.HouseAsync([old, both, client], space: "Attic");
        var (_, elsewhere) = await telling.HouseAsync([both, next], space: "Cellar");
        var booking = await telling.Host.BookAsync(space, Stage.Monday(), email: client);
        await telling.TellAsync();
        (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { spaceId = elsewhere })).Is(HttpStatusCode.OK);

        await telling.TellAsync();

        var gone = Assert.Single(await telling.Mails.ToAsync(old, 2), mail => mail.GetProperty("subject").GetString()!.StartsWith("Booking moved away: Attic", StringComparison.Ordinal));
        Assert.Contains("METHOD:CANCEL", await telling.Mails.AttachmentAsync(gone, "invite.ics"), StringComparison.Ordinal);
        Assert.StartsWith("Booking changed: Cellar", (await telling.Mails.OneToAsync(next)).GetProperty("subject").GetString(), StringComparison.Ordinal);

        Assert.Equal(["Booking changed", "Booking confirmed"], await SubjectsAsync(both, 2));
        Assert.Equal(["Booking changed", "Booking confirmed"], await SubjectsAsync(client, 2));
    }

    [Fact]
    public async Task Nobodys_calendar_is_told_two_things_of_a_booking_that_takes_another_place_and_another_client()
    {
        var (desk, reader, client, next) = (MailBox.Address("desk"), MailBox.Address("reader"), MailBox.Address("client"), MailBox.Address("next"));
        var (_, space) = await telling.HouseAsync([desk, reader], space: "Attic");
        var (_, elsewhere) = await telling.HouseAsync([client], space: "Cellar");
        var booking = await telling.Host.BookAsync(space, Stage.Monday(), email: desk);
        var second = await telling.Host.BookAsync(space, Stage.Monday().AddDays(1), email: client);
        await telling.TellAsync();
        // Whose house it leaves had it; whose house it comes to gives it to a contact of the house that it leaves.
        (await telling.Host.User.PatchAsync($"/bookings/{booking.Id}", new { spaceId = elsewhere, clientEmail = next })).Is(HttpStatusCode.OK);
        (await telling.Host.User.PatchAsync($"/bookings/{second.Id}", new { spaceId = elsewhere, clientEmail = reader })).Is(HttpStatusCode.OK);

        await telling.TellAsync();

        Assert.Equal(["Booking confirmed", "Booking confirmed", "Booking moved away", "Booking passed on"], await SubjectsAsync(desk, 4));
        Assert.Equal(["Booking changed", "Booking confirmed", "Booking confirmed", "Booking moved away"], await SubjectsAsync(reader, 4));
        Assert.Equal(["Booking changed", "Booking changed", "Booking confirmed"], await SubjectsAsync(client, 3));
        Assert.Equal(["Booking changed"], await SubjectsAsync(next, 1));
    }

    [Fact]
    public async Task So_is_the_house_that_a_space_leaves_with_its_bookings()
    {
        var (old, next) = (MailBox.Address("old"), MailBox.Address("next"));
        var (_, space) = await telling.HouseAsync([old]);
        var (location, _) = await telling.HouseAsync([next]);
        await telling.Host.BookAsync(space, Stage.Monday(), email: MailBox.Address("client"));
        await telling.TellAsync();
        (await telling.Host.Admin.PatchAsync($"/spaces/{space}", new { locationId = location })).Is(HttpStatusCode.OK);

        await telling.TellAsync();

        Assert.Single(await telling.Mails.ToAsync(old, 2), mail => mail.GetProperty("subject").GetString()!.StartsWith("Booking moved away: ", StringComparison.Ordinal));
        Assert.StartsWith("Booking changed: ", (await telling.Mails.OneToAsync(next)).GetProperty("subject").GetString(), StringComparison.Ordinal);
    }

    private async Task<IEnumerable<string>> SubjectsAsync(string address, int count) =>
        (await telling.Mails.ToAsync(address, count)).Select(mail => mail.GetProperty("subject").GetString()!.Split(':')[0]).Order(StringComparer.Ordinal);
}
