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

    [LoggerMessage(1080, LogLevel.Warning, "{Service} does not tell its part of the API's document: {Reason}; what was known last stands in")]
    internal static partial void DocumentLost(ILogger log, string service, string reason);

    [LoggerMessage(1081, LogLevel.Error, "The API's document cannot be put together from what the services say now; what stood at the build stands in")]
    internal static partial void DocumentsDisagree(ILogger log, Exception conflict);
}
