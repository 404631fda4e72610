using System.Globalization;
using System.Net;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Tests.Webhooks;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>The service as it runs: nobody calls its workers but itself.</summary>
public sealed class TellersTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_booking_reaches_its_client_and_its_webhook_by_itself()
    {
        var server = await LocalServers.SharedMailAsync();
        using var mails = new MailBox(server.Page);
        await using var receiver = await Receiver.StartAsync();
        host.Settings["Mail:Host"] = server.Host;
        host.Settings["Mail:Port"] = server.SmtpPort.ToString(CultureInfo.InvariantCulture);
        (await host.Admin.PostAsync("/webhooks", new { url = receiver.Url, events = new[] { "*" } })).Is(HttpStatusCode.Created);
        var (space, client) = (await host.SpaceAsync(), MailBox.Address("client"));
        var booking = await host.BookAsync(space, Stage.Monday(), email: client);
        await mails.ToAsync(client, 1);

        await WaitAsync(async () => (await host.User.GetAsync($"/bookings/{booking.Id}"))["confirmationSent"].GetBoolean(), "the confirmation is noted");
        await WaitAsync(() => Task.FromResult(receiver.Calls.Any(call => call.Body.Contains(client, StringComparison.Ordinal))), "the webhook has it");
        await WaitAsync(
            async () => await host.ScalarAsync<long>("select count(*) from webhook_deliveries where status = 'pending'") == 0, "the delivery is settled");
        Assert.Single(receiver.Calls);
    }

    private static Task WaitAsync(Func<Task<bool>> condition, string what) => Wait.UntilAsync(condition, TimeSpan.FromSeconds(60), what, TestContext.Current.CancellationToken);
}
