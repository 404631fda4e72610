namespace Coworking.Reservations.Http;

/// <summary>Counts every refusal of a rule by its code.</summary>
internal sealed class RefusalsCounted(ReservationsMetrics metrics, ILogger<RefusalsCounted> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);

        if ((result is INestedHttpResult nested ? nested.Result : result) is Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult problem
            && problem.ProblemDetails.Extensions.TryGetValue("code", out var value) && value is string code)
        {
            metrics.Refused(code);
            log.Refused(context.HttpContext.Request.Method, code);
        }

        return result;
    }
}
