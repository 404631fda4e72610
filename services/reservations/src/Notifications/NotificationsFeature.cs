using Coworking.Hosting.Mail;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Notifications.Mails;
using Coworking.Reservations.Notifications.Reminders;
using Coworking.Reservations.Waitlist;

namespace Coworking.Reservations.Notifications;

/// <summary>What is told of bookings, and the workers that tell it.</summary>
internal static class NotificationsFeature
{
    internal static void AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Mailer>();
        services.AddSingleton<NotificationMetrics>();
        services.AddSingleton<BookingStep>(Notices.OfBooking);
        services.AddSingleton<BookingFlagged>(Notices.OfAttention);
        services.AddSingleton<OfferMade>(Notices.OfOffer);
        services.AddSingleton<NoticeSpreader>();
        services.AddHostedService(provider => provider.GetRequiredService<NoticeSpreader>());
        services.AddSingleton<MailCourier>();
        services.AddHostedService(provider => provider.GetRequiredService<MailCourier>());
        services.AddSingleton<ReminderClerk>();
        services.AddHostedService(provider => provider.GetRequiredService<ReminderClerk>());
    }
}
