namespace Coworking.Reservations;

/// <summary>Every event that this service logs, numbered from 2000.</summary>
internal static partial class ReservationsLog
{
    [LoggerMessage(2000, LogLevel.Debug, "{Method} was refused: {Code}")]
    internal static partial void Refused(this ILogger log, string method, string code);

    [LoggerMessage(2001, LogLevel.Debug, "A group of {Count} bookings is placed one by one: {Reason}")]
    internal static partial void GroupFailed(this ILogger log, int count, string reason);

    [LoggerMessage(2011, LogLevel.Information, "Snapshot for {RequestedBy}: {Locations} locations, {Spaces} spaces, {Bookings} live bookings")]
    internal static partial void Repeated(this ILogger log, string requestedBy, int locations, int spaces, int bookings);

    [LoggerMessage(2012, LogLevel.Information, "No twin or no occupancy is known yet; asked the bus for a snapshot")]
    internal static partial void AskedForSnapshot(this ILogger log);

    [LoggerMessage(2150, LogLevel.Information, "Waitlist: {Expired} offers expired unanswered, {Lapsed} entries lapsed")]
    internal static partial void WaitlistCleared(this ILogger log, int expired, int lapsed);

    [LoggerMessage(2151, LogLevel.Error, "The hold of booking {Booking} has expired and could not be passed on")]
    internal static partial void HoldStays(this ILogger log, Exception exception, Guid booking);

    [LoggerMessage(2152, LogLevel.Warning, "The waitlist waits for the database: {Reason}")]
    internal static partial void WaitlistDelayed(this ILogger log, string reason);

    [LoggerMessage(2020, LogLevel.Information, "Demo data is loaded: {Locations} locations, {Spaces} spaces, {Bookings} bookings were new")]
    internal static partial void DemoLoaded(this ILogger log, int locations, int spaces, int bookings);

    [LoggerMessage(2030, LogLevel.Debug, "Forgot {Answers} kept answers and {Heard} messages heard")]
    internal static partial void Forgotten(this ILogger log, int answers, int heard);

    [LoggerMessage(2110, LogLevel.Information, "Booking {Booking} is a no-show ({Reason}); its slot is released")]
    internal static partial void Released(this ILogger log, Guid booking, string reason);

    [LoggerMessage(2111, LogLevel.Information, "Booking {Booking} needs reception's attention: {Reason}")]
    internal static partial void NeedsAttention(this ILogger log, Guid booking, string reason);

    [LoggerMessage(2112, LogLevel.Error, "{Job} could not judge booking {Booking}; it is tried again with the next look")]
    internal static partial void DueBookingBroke(this ILogger log, Exception exception, string job, Guid booking);

    [LoggerMessage(2113, LogLevel.Warning, "{Job} could not look for due bookings; trying again: {Reason}")]
    internal static partial void DueBookingsDelayed(this ILogger log, string job, string reason);

    [LoggerMessage(2050, LogLevel.Information, "Calendar feed {Id} of {Whom} was created")]
    internal static partial void CalendarFeedCreated(this ILogger log, Guid id, string whom);

    [LoggerMessage(2051, LogLevel.Information, "Calendar feed {Id} was revoked")]
    internal static partial void CalendarFeedRevoked(this ILogger log, Guid id);

    [LoggerMessage(2070, LogLevel.Warning, "Mail:Host is not set: nobody is told by mail, and what is to be told waits")]
    internal static partial void NoMailServer(this ILogger log);

    [LoggerMessage(2071, LogLevel.Warning, "A mail of {Kind} ({Mail}) was not taken and is tried again in {Pause}: {Reason}")]
    internal static partial void MailPostponed(this ILogger log, string kind, Guid mail, TimeSpan pause, string reason);

    [LoggerMessage(2072, LogLevel.Error, "A mail of {Kind} ({Mail}) was given up after {Tries} tries: {Reason}")]
    internal static partial void MailGivenUp(this ILogger log, string kind, Guid mail, int tries, string reason);

    [LoggerMessage(2073, LogLevel.Error, "What became of a mail of {Kind} ({Mail}) could not be noted; it is tried again")]
    internal static partial void MailNotSettled(this ILogger log, Exception exception, string kind, Guid mail);

    [LoggerMessage(2080, LogLevel.Error, "Webhook {Webhook} at {Host} took nothing for twenty hours and was switched off: {Reason}")]
    internal static partial void WebhookDisabled(this ILogger log, Guid webhook, string host, string reason);

    [LoggerMessage(2081, LogLevel.Error, "What became of a delivery ({Delivery}) to webhook {Webhook} could not be noted; it is tried again")]
    internal static partial void DeliveryNotSettled(this ILogger log, Exception exception, Guid delivery, Guid webhook);
}
