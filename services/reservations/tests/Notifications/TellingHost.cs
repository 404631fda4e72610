using Coworking.Hosting.Mail;
using Coworking.Local;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Notifications.Mails;
using Coworking.Reservations.Notifications.Reminders;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Webhooks;
using Coworking.Reservations.Webhooks.Deliveries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>The service with its tellers held off: tests run them by one call each, with a clock of their own.</summary>
public sealed class TellingHost : IAsyncLifetime
{
    internal ReservationsHost Host { get; } = new();

    internal MailBox Mails { get; private set; } = null!;

    internal int SmtpPort { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await Host.InitializeAsync();
        var server = await LocalServers.SharedMailAsync();
        (SmtpPort, Mails) = (server.SmtpPort, new MailBox(server.Page));

        foreach (var lease in new[] { "notices", "mails", "reminders", "webhooks" })
        {
            await Host.ExecuteAsync("insert into leases (name, holder, held_until) values ($1, 'the test', now() + interval '1 day')", lease);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Mails.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>Whatever another test has left to be told is not told.</summary>
    internal async Task ForgetAsync()
    {
        await Host.ExecuteAsync("update notices set spread_at = now() where spread_at is null");
        await Host.ExecuteAsync("update mails set status = 'dropped' where status = 'pending'");
        await Host.ExecuteAsync("update bookings set next_reminder_at = null");
        await Host.ExecuteAsync("delete from webhooks");
    }

    /// <summary>A location with contacts, and a space in it.</summary>
    internal async Task<(Guid Location, Guid Space)> HouseAsync(string[] contacts, string timezone = "UTC", string space = "Room")
    {
        var location = (await Host.Admin.PostAsync("/locations", new { name = "House", latitude = 19.4, longitude = -99.1, timezone, address = "1 Main St", contacts })).Is(System.Net.HttpStatusCode.Created).Id;
        return (location, await Host.SpaceAsync(location, space));
    }

    internal NoticeSpreader Spreader(TimeProvider? clock = null, string? adminAddress = null) =>
        Make<NoticeSpreader>(clock ?? TimeProvider.System, Options.Create(new MailOptions { AdminAddress = adminAddress }));

    internal MailCourier Courier(TimeProvider? clock = null, int? port = null) =>
        Courier(clock ?? TimeProvider.System, new MailOptions { Host = "127.0.0.1", Port = port ?? SmtpPort, From = "Coworking <hello@example.com>" });

    internal MailCourier Courier(TimeProvider clock, MailOptions settings)
    {
        var options = Options.Create(settings);
        return Make<MailCourier>(clock, options, new Mailer(options, clock));
    }

    internal ReminderClerk Clerk(TimeProvider clock) => Make<ReminderClerk>(clock);

    internal WebhookCourier WebhookCourier(TimeProvider clock, TimeSpan? timeout = null, bool allowPrivate = true, LookUp? lookUp = null) =>
        Make<WebhookCourier>(clock, Sender(clock, timeout, allowPrivate, lookUp));

    internal static WebhookSender Sender(TimeProvider clock, TimeSpan? timeout = null, bool allowPrivate = true, LookUp? lookUp = null)
    {
        var options = Options.Create(new WebhookOptions { AllowPrivateTargets = allowPrivate, Timeout = timeout ?? TimeSpan.FromSeconds(10) });
        return new WebhookSender(new SafeTargets(lookUp ?? System.Net.Dns.GetHostAddressesAsync, options), options, clock);
    }

    /// <summary>Spreads what has been written and delivers all mails that are due.</summary>
    internal async Task TellAsync(TimeProvider? clock = null)
    {
        await SpreadAsync(clock);

        while (await Courier(clock).RunOnceAsync(TestContext.Current.CancellationToken) > 0)
        {
            // More are due.
        }
    }

    internal async Task SpreadAsync(TimeProvider? clock = null)
    {
        while (await Spreader(clock).RunOnceAsync(TestContext.Current.CancellationToken) > 0)
        {
            // More wait.
        }
    }

    private T Make<T>(params object[] own) => ActivatorUtilities.CreateInstance<T>(Host.Services, own);
}
