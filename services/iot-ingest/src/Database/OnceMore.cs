using Coworking.Hosting.Postgres;

namespace Coworking.IotIngest.Database;

/// <summary>A request that lost against a rival (deadlock, serialization) is tried once more: whatever it had begun was rolled back.</summary>
internal static class OnceMore
{
    public static async ValueTask<object?> AfterRivalryAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e.IsRivalry())
        {
            return await next(context);
        }
    }
}
