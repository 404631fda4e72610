using Microsoft.AspNetCore.Http;

namespace Coworking.Reservations.Tests.Webhooks;

/// <summary>What a receiver may do to whoever calls it.</summary>
internal static class Misbehaviour
{
    internal static RequestDelegate Of(string how, string elsewhere) => async context =>
    {
        switch (how)
        {
            case "redirect":
                context.Response.Redirect(elsewhere);
                break;
            case "slow":
                await WaitAsync(context);
                break;
            case "slow body":
                await context.Response.Body.FlushAsync();
                await WaitAsync(context);
                break;
            case "huge":
                await FloodAsync(context);
                break;
            case "header bomb":
                context.Response.Headers["X-Bomb"] = new string('x', 30_000);
                break;
            case "gone":
                context.Response.StatusCode = 410;
                break;
            default:
                context.Abort();
                break;
        }
    };

    private static async Task WaitAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller has hung up.
        }
    }

    private static async Task FloodAsync(HttpContext context)
    {
        var block = new byte[64 * 1024];

        try
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has hung up.
        }
    }
}
