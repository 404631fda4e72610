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
}
