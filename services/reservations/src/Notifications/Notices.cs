using Coworking.Contracts;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Notifications.Reminders;
using Coworking.Reservations.Waitlist;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Notifications;

/// <summary>Writes what is to be told, within the transaction of what happened.</summary>
internal static class Notices
{
    /// <summary>The step of every change of a booking: its notice, and when the client is reminded.</summary>
    internal static Task OfBooking(BookingChange change, CancellationToken cancellationToken)
    {
        var booking = change.Booking;

        var isNewTime = change.Previous is { } previous && previous.Start != booking.StartTime;
        var isNewStatus = change.Event == BookingEvent.Moved && change.Previous?.Status != booking.Status;

        // What is over keeps its date: the clerk looks at the status, and a second update of the row would be for nothing.
        if (isNewTime || isNewStatus || change.Event is BookingEvent.Placed or BookingEvent.Confirmed or BookingEvent.Reinstated)
        {
            booking.RemindAt(ReminderPlan.Next(booking.Status, booking.StartTime, change.Now), isNewTime);
        }

        if (KindOf(change) is { } kind)
        {
            change.Db.Write(Notice.Of($"booking/{booking.Id}/{booking.Version}", kind, booking.LocationId, PayloadOf(change), change.Now));
        }

        if (change is { PreviousClient: { } client, Previous: { } had })
        {
            change.Db.Write(Notice.Of($"booking/{booking.Id}/{booking.Version}/passed_on", NoticeKinds.PassedOn, had.LocationId, PassedOn(booking, client, had), change.Now));
        }

        if (change.Previous is { } place && place.LocationId != booking.LocationId && change.Event == BookingEvent.Moved && booking.Status != BookingStatus.Held)
        {
            var told = change.PreviousClient is { } whose ? PassedOn(booking, whose, place) : AsItWas(booking, place);
            change.Db.Write(Notice.Of($"booking/{booking.Id}/{booking.Version}/left", NoticeKinds.Left, place.LocationId, told, change.Now));
        }

        return Task.CompletedTask;
    }

    /// <summary>A waiter is offered a place that is held for it: one mail, to the client alone.</summary>
    internal static Task OfOffer(ReservationsDb db, MadeOffer offer, CancellationToken cancellationToken)
    {
        var told = BookingNotice.Of(offer.Hold) with { Link = offer.Link, ExpiresAt = offer.HeldUntil };
        db.Write(Notice.Of($"booking/{offer.Hold.Id}/offered", NoticeKinds.Offered, offer.Hold.LocationId, told, offer.Now));
        return Task.CompletedTask;
    }

    /// <summary>Nobody has checked in and the sensors do not tell: somebody should look. Once for each version of the booking.</summary>
    internal static Task OfAttention(ReservationsDb db, Booking booking, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = BookingNotice.Of(booking) with { Reason = reason };
        return db.TellAsync(Notice.Of($"booking/{booking.Id}/{booking.Version}/attention", NoticeKinds.Attention, booking.LocationId, told, now), cancellationToken);
    }

    private static BookingNotice PayloadOf(BookingChange change) => BookingNotice.Of(change.Booking) with
    {
        Reason = change.Reason,
        Before = change.Previous is { } previous ? new(previous.Start, previous.End) : null,
    };

    private static BookingNotice AsItWas(Booking booking, BookingFacts had) =>
        BookingNotice.Of(booking) with
        {
            SpaceId = had.SpaceId,
            LocationId = had.LocationId,
            StartTime = had.Start,
            EndTime = had.End,
            NowAt = booking.LocationId,
            NowWith = booking.ClientEmail,
        };

    /// <summary>As it was, and nothing of who has it now.</summary>
    private static BookingNotice PassedOn(Booking booking, string client, BookingFacts had) => AsItWas(booking, had) with
    {
        ClientEmail = client,
        ClientName = null,
        Company = null,
        Phone = null,
        Inquiry = null,
        Attendees = null,
    };

    /// <summary>Null where nobody is told: of what the client does itself on the spot, and of holds, which the offer tells of.</summary>
    private static string? KindOf(BookingChange change) => change.Event switch
    {
        BookingEvent.Placed => NoticeKinds.Placed,
        // A hold follows its space, and is no booking to be invited to before it is claimed.
        BookingEvent.Moved when change.Booking.Status != BookingStatus.Held => NoticeKinds.Moved,
        BookingEvent.Confirmed => NoticeKinds.Confirmed,
        BookingEvent.Rejected => NoticeKinds.Rejected,
        BookingEvent.Expired when change.Booking.Status == BookingStatus.Rejected => NoticeKinds.Rejected,
        // A hold that was declined: whoever did it knows.
        BookingEvent.Cancelled when change.Booking.HeldUntil is null => NoticeKinds.Cancelled,
        BookingEvent.Released => NoticeKinds.Released,
        BookingEvent.Reinstated => NoticeKinds.Reinstated,
        _ => null,
    };

    /// <summary>Writes a notice unless one with its key has been written before.</summary>
    internal static Task TellAsync(this ReservationsDb db, Notice notice, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into notices (key, kind, location_id, payload, created_at)
            values ({notice.Key}, {notice.Kind}, {notice.LocationId}, {notice.Payload}::jsonb, {notice.CreatedAt.ToUniversalTime()})
            on conflict (key) do nothing
            """,
            cancellationToken);
}
