namespace Coworking.Reservations.Notifications;

/// <summary>What people are told of; webhooks know these names as events.</summary>
internal static class NoticeKinds
{
    internal const string Placed = "booking.placed";
    internal const string Moved = "booking.moved";
    internal const string Confirmed = "booking.confirmed";
    internal const string Rejected = "booking.rejected";
    internal const string Cancelled = "booking.cancelled";
    internal const string Released = "booking.released";
    internal const string Reinstated = "booking.reinstated";
    internal const string Attention = "booking.attention";
    internal const string DayBefore = "booking.reminder_24h";
    internal const string HourBefore = "booking.reminder_1h";
    internal const string Offered = "waitlist.offered";
    internal const string AlertOpened = "alert.opened";
    internal const string AlertEscalated = "alert.escalated";
    internal const string AlertResolved = "alert.resolved";

    /// <summary>A move gave the booking to another client; told to the one who had it, and to nobody else: of the move all hear.</summary>
    internal const string PassedOn = "booking.passed_on";

    /// <summary>A move took the booking to another location; told to the contacts of the one that it left, apart from those who hear of the move.</summary>
    internal const string Left = "booking.left";

    /// <summary>A webhook was switched off; told to people only.</summary>
    internal const string WebhookDisabled = "webhook.disabled";

    /// <summary>What webhooks may subscribe to.</summary>
    internal static readonly string[] Events =
    [
        Placed, Moved, Confirmed, Rejected, Cancelled, Released, Reinstated, Attention, DayBefore, HourBefore, Offered, AlertOpened, AlertEscalated, AlertResolved,
    ];

    /// <summary>Told to the client by mail.</summary>
    internal static readonly string[] ForClients = [Placed, Moved, Confirmed, Rejected, Cancelled, Released, Reinstated, PassedOn, DayBefore, HourBefore, Offered];

    /// <summary>Told to the contacts of the location by mail.</summary>
    internal static readonly string[] ForHouses =
        [Placed, Moved, Confirmed, Rejected, Cancelled, Released, Reinstated, Left, Attention, AlertOpened, AlertEscalated, AlertResolved, WebhookDisabled];

    /// <summary>Those that tell a client that a place is kept for it; the calendar's REQUEST.</summary>
    internal static readonly string[] Confirmations = [Placed, Moved, Confirmed, Reinstated];

    /// <summary>Those that take a place away; the calendar's CANCEL.</summary>
    internal static readonly string[] Withdrawals = [Rejected, Cancelled, Released, PassedOn, Left];

    /// <summary>Those that the bus may say again as long as their alert is open.</summary>
    internal static readonly string[] OfAlerts = [AlertOpened, AlertEscalated, AlertResolved];

    internal static bool IsReminder(string kind) => kind is DayBefore or HourBefore;
}
