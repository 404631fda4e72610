using System.Net.Mail;
using Coworking.Hosting.Mail;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Calendars;

namespace Coworking.Reservations.Notifications.Mails;

/// <summary>The calendar entry that goes with news of a booking.</summary>
internal static class Invitations
{
    private static readonly TimeSpan[] Alarms = [TimeSpan.FromHours(24), TimeSpan.FromMinutes(30)];

    /// <summary>REQUEST where a place is kept, CANCEL where it is lost; null where the news changes no calendar.</summary>
    internal static Invitation? For(DueMail mail, MailAddress from)
    {
        var isWithdrawn = NoticeKinds.Withdrawals.Contains(mail.Kind);

        if (!isWithdrawn && !NoticeKinds.Confirmations.Contains(mail.Kind))
        {
            return null;
        }

        var booking = mail.Told<BookingNotice>();
        var method = isWithdrawn ? "CANCEL" : "REQUEST";
        var status = isWithdrawn ? EventStatus.Cancelled : booking.Status == BookingStatus.Pending ? EventStatus.Tentative : EventStatus.Confirmed;
        var entry = new CalendarEvent(
            CalendarEvent.UidOf(booking.BookingId), booking.Version, mail.At, booking.StartTime, booking.EndTime, mail.Place.Zone, status, mail.Place.Space)
        {
            Location = mail.Place.Address is { } address ? $"{mail.Place.Location}, {address}" : mail.Place.Location,
            Organizer = new CalendarPerson(from.Address, from.DisplayName),
            Attendees = [new CalendarPerson(booking.ClientEmail, booking.ClientName)],
            AlarmsBefore = isWithdrawn ? [] : Alarms,
        };
        return new Invitation(method, ICalendar.Write(new CalendarFile([entry], method)));
    }
}
