using Yarp.ReverseProxy.Forwarder;

namespace Coworking.Gateway;

/// <summary>Every log event of the gateway. No event carries a key, a token or a query string.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1000, LogLevel.Information, "{Method} {Path} {Status} in {Milliseconds:0.0} ms, request {RequestId}")]
    internal static partial void Answered(ILogger log, string method, string? path, int status, double milliseconds, string requestId);

    [LoggerMessage(1010, LogLevel.Information, "API key {Id} with role {Role} was created")]
    internal static partial void KeyCreated(ILogger log, Guid id, string role);

    [LoggerMessage(1011, LogLevel.Information, "API key {Id} was revoked")]
    internal static partial void KeyRevoked(ILogger log, Guid id);

    [LoggerMessage(1012, LogLevel.Warning, "When keys were last used could not be written: {Reason}")]
    internal static partial void LastUseLost(ILogger log, string reason);

    [LoggerMessage(1013, LogLevel.Information, "API key {Id} was changed")]
    internal static partial void KeyChanged(ILogger log, Guid id);

    [LoggerMessage(1014, LogLevel.Information, "API key {Id} was rotated; its secrets before are good until {Until:O} at most")]
    internal static partial void KeyRotated(ILogger log, Guid id, DateTimeOffset until);

    [LoggerMessage(1030, LogLevel.Information, "Account {Id} was registered")]
    internal static partial void AccountRegistered(ILogger log, Guid id);

    [LoggerMessage(1031, LogLevel.Information, "The e-mail address of account {Id} was verified")]
    internal static partial void EmailVerified(ILogger log, Guid id);

    [LoggerMessage(1032, LogLevel.Information, "The password of account {Id} was changed, and it was signed out everywhere")]
    internal static partial void PasswordChanged(ILogger log, Guid id);

    [LoggerMessage(1033, LogLevel.Information, "Account {Id} has role {Role} and disabled {Disabled} now, by {Kind} {Subject}")]
    internal static partial void AccountChanged(ILogger log, Guid id, string role, bool disabled, string? kind, string? subject);

    [LoggerMessage(1034, LogLevel.Warning, "A refresh token came a second time: session {Session} of account {Account} was ended")]
    internal static partial void RefreshTokenReused(ILogger log, Guid session, Guid account);

    [LoggerMessage(1035, LogLevel.Information, "{Rows} rows of sessions, tokens, tickets and mails that are over were forgotten")]
    internal static partial void SessionsForgotten(ILogger log, int rows);

    [LoggerMessage(1036, LogLevel.Warning, "Mail:Host is not set: what accounts are to be told waits")]
    internal static partial void NoMailServer(ILogger log);

    [LoggerMessage(1037, LogLevel.Warning, "Mail {Kind} {Id} was not taken and is tried again in {Pause}: {Reason}")]
    internal static partial void MailPostponed(ILogger log, string kind, Guid id, TimeSpan pause, string reason);

    [LoggerMessage(1038, LogLevel.Error, "Mail {Kind} {Id} was given up after {Tries} tries: {Reason}")]
    internal static partial void MailGivenUp(ILogger log, string kind, Guid id, int tries, string reason);

    [LoggerMessage(1039, LogLevel.Information, "Account {Id} is linked with Telegram now")]
    internal static partial void TelegramLinked(ILogger log, Guid id);

    [LoggerMessage(1080, LogLevel.Warning, "{Service} does not tell its part of the API's document: {Reason}; what was known last stands in")]
    internal static partial void DocumentLost(ILogger log, string service, string reason);

    [LoggerMessage(1081, LogLevel.Error, "The API's document cannot be put together from what the services say now; what stood at the build stands in")]
    internal static partial void DocumentsDisagree(ILogger log, Exception conflict);

    [LoggerMessage(1085, LogLevel.Critical, "Something on loop {Index} slipped and was left where it stood; the loop goes on")]
    internal static partial void LoopSlipped(ILogger log, int index, Exception slip);

    [LoggerMessage(1086, LogLevel.Debug, "A request was not passed on, or its answer broke off: {Error}")]
    internal static partial void NotPassedOn(ILogger log, ForwarderError error, Exception reason);

    [LoggerMessage(1090, LogLevel.Information, "{Name} is now at {Addresses}")]
    internal static partial void ReplicasChanged(ILogger log, string name, string addresses);
}
