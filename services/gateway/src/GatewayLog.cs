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

    [LoggerMessage(1090, LogLevel.Information, "{Name} is now at {Addresses}")]
    internal static partial void ReplicasChanged(ILogger log, string name, string addresses);
}
