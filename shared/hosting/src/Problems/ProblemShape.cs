using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Coworking.Hosting.Problems;

/// <summary>
/// The one shape of every error: RFC 9457 (type, title, status, detail) and, for clients older than that, code, statusCode, error, message, traceId.
/// </summary>
public static class ProblemShape
{
    /// <summary>Code of a request that is malformed rather than refused by a rule.</summary>
    public const string InvalidRequest = "request.invalid";

    /// <summary>Fills every member that is not there yet.</summary>
    /// <param name="problem">With a status, or 500 is assumed.</param>
    /// <param name="traceId">W3C trace id; the current activity's where null.</param>
    public static void Complete(ProblemDetails problem, string? traceId)
    {
        var status = problem.Status ??= StatusCodes.Status500InternalServerError;
        var phrase = ReasonPhrases.GetReasonPhrase(status);
        problem.Title = phrase;
        problem.Type = "about:blank";

        if (problem is HttpValidationProblemDetails { Errors.Count: > 0 } validation)
        {
            problem.Detail ??= validation.Errors.First().Value.FirstOrDefault();
            problem.Extensions.TryAdd("code", InvalidRequest);
        }

        problem.Detail ??= DefaultDetail(status);
        problem.Extensions.TryAdd("code", DefaultCode(status));
        problem.Extensions["statusCode"] = status;
        problem.Extensions["error"] = phrase;
        problem.Extensions["message"] = problem.Detail;
        problem.Extensions["traceId"] = traceId ?? Activity.Current?.TraceId.ToString();
    }

    /// <summary>The trace of a request: the current activity's or, where none is made, the one that its header names.</summary>
    internal static string? TraceOf(HttpContext context) =>
        Activity.Current?.TraceId.ToString() ?? (ActivityContext.TryParse(context.Request.Headers.TraceParent, traceState: null, out var given) ? given.TraceId.ToString() : null);

    /// <summary>Writes a problem to a response that has not started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Stable code; null: the default of the status.</param>
    /// <param name="message">One sentence; null: the default of the status.</param>
    /// <param name="errors">Field to messages.</param>
    public static Task WriteAsync(HttpContext context, int status, string? code = null, string? message = null, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var refusal = new Refusal(status, code ?? DefaultCode(status), message ?? DefaultDetail(status)) { Errors = errors };
        return refusal.ToProblem().ExecuteAsync(context);
    }

    private static string DefaultCode(int status) => status switch
    {
        StatusCodes.Status400BadRequest => InvalidRequest,
        StatusCodes.Status401Unauthorized => "auth.missing",
        StatusCodes.Status403Forbidden => "auth.forbidden",
        StatusCodes.Status404NotFound => "route.not_found",
        StatusCodes.Status405MethodNotAllowed => "route.method_not_allowed",
        StatusCodes.Status406NotAcceptable => "request.not_acceptable",
        StatusCodes.Status408RequestTimeout => "request.timeout",
        StatusCodes.Status413PayloadTooLarge => "request.too_large",
        StatusCodes.Status415UnsupportedMediaType => "request.unsupported_media_type",
        StatusCodes.Status503ServiceUnavailable => "service.unavailable",
        StatusCodes.Status504GatewayTimeout => "service.timeout",
        _ => "http." + status.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string DefaultDetail(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address",
        StatusCodes.Status405MethodNotAllowed => "This address does not take this method",
        StatusCodes.Status408RequestTimeout => "The request did not arrive in time",
        StatusCodes.Status413PayloadTooLarge => "The request body is too large",
        StatusCodes.Status415UnsupportedMediaType => "The request body must be application/json",
        StatusCodes.Status500InternalServerError => "Something broke on our side; the trace id tells us where",
        StatusCodes.Status503ServiceUnavailable => "The service is not available right now; try again shortly",
        StatusCodes.Status504GatewayTimeout => "The service took too long to answer",
        _ => ReasonPhrases.GetReasonPhrase(status),
    };
}
