namespace Coworking.Reservations;

/// <summary>Every event that this service logs, numbered from 2000.</summary>
internal static partial class ReservationsLog
{
    [LoggerMessage(2000, LogLevel.Debug, "{Method} was refused: {Code}")]
    internal static partial void Refused(this ILogger log, string method, string code);

    [LoggerMessage(2011, LogLevel.Information, "Snapshot for {RequestedBy}: {Locations} locations, {Spaces} spaces, {Bookings} live bookings")]
    internal static partial void Repeated(this ILogger log, string requestedBy, int locations, int spaces, int bookings);

    [LoggerMessage(2012, LogLevel.Information, "No twin is known yet; asked the bus for a snapshot")]
    internal static partial void AskedForSnapshot(this ILogger log);

    [LoggerMessage(2020, LogLevel.Information, "Demo data is loaded: {Locations} locations, {Spaces} spaces, {Bookings} bookings were new")]
    internal static partial void DemoLoaded(this ILogger log, int locations, int spaces, int bookings);

    [LoggerMessage(2070, LogLevel.Warning, "Mail:Host is not set: nobody is told by mail, and what is to be told waits")]
    internal static partial void NoMailServer(this ILogger log);

    [LoggerMessage(2071, LogLevel.Warning, "A mail of {Kind} ({Mail}) was not taken and is tried again in {Pause}: {Reason}")]
    internal static partial void MailPostponed(this ILogger log, string kind, Guid mail, TimeSpan pause, string reason);

    [LoggerMessage(2072, LogLevel.Error, "A mail of {Kind} ({Mail}) was given up after {Tries} tries: {Reason}")]
    internal static partial void MailGivenUp(this ILogger log, string kind, Guid mail, int tries, string reason);

    [LoggerMessage(2080, LogLevel.Error, "Webhook {Webhook} at {Host} took nothing for twenty hours and was switched off: {Reason}")]
    internal static partial void WebhookDisabled(this ILogger log, Guid webhook, string host, string reason);
}
