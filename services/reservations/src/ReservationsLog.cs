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

    [LoggerMessage(2030, LogLevel.Debug, "Forgot {Answers} kept answers and {Weeks} weeks of clients")]
    internal static partial void Forgotten(this ILogger log, int answers, int weeks);

    [LoggerMessage(2050, LogLevel.Information, "Calendar feed {Id} of {Whom} was created")]
    internal static partial void CalendarFeedCreated(this ILogger log, Guid id, string whom);

    [LoggerMessage(2051, LogLevel.Information, "Calendar feed {Id} was revoked")]
    internal static partial void CalendarFeedRevoked(this ILogger log, Guid id);
}
