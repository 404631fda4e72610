using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>The broker does not answer, or refuses to manage its accounts.</summary>
internal sealed class BrokerAwayException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Answers 503 with Retry-After where the broker's side of a change could not be made; the transaction has undone ours.</summary>
internal static class BrokerAway
{
    public static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is BrokerAwayException or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            var log = context.HttpContext.RequestServices.GetRequiredService<ILogger<BrokerControl>>();
            IotIngestLog.AccountRefused(log, e.Message);
            context.HttpContext.Response.Headers.RetryAfter = "5";
            return DeviceRefusals.BrokerAway.ToProblem();
        }
    }
}
