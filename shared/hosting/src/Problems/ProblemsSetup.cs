using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Problems;

/// <summary>Every answer that is an error leaves in the shape of <see cref="ProblemShape"/>, whoever made it.</summary>
public static class ProblemsSetup
{
    /// <summary>Registers the shape for the framework's own errors and the handler for exceptions.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options =>
            options.CustomizeProblemDetails = context => ProblemShape.Complete(context.ProblemDetails, ProblemShape.TraceOf(context.HttpContext)));
        services.AddSingleton<IProblemDetailsWriter, ProblemForAnyone>();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // A body or parameter that cannot be read reaches the exception handler, which says what is wrong with it.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>Put first in the pipeline.</summary>
    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = _ => true })
        .Use((HttpContext context, RequestDelegate next) =>
        {
            // Not the framework's status code pages, which put a feature into every request and a state machine around it.
            var handled = next(context);
            return handled.IsCompletedSuccessfully && !IsBare(context.Response) ? handled : FillAsync(context, handled);
        });

    private static async Task FillAsync(HttpContext context, Task handled)
    {
        await handled;

        if (IsBare(context.Response))
        {
            await ProblemShape.WriteAsync(context, context.Response.StatusCode);
        }
    }

    /// <summary>An error of which nothing but the status is known.</summary>
    private static bool IsBare(HttpResponse response) =>
        response.StatusCode is >= 400 and < 600 && !response.HasStarted && response.ContentLength is null && string.IsNullOrEmpty(response.ContentType);
}

/// <summary>For whoever accepts no JSON, to whom the framework's writer says nothing: an error is told all the same.</summary>
internal sealed class ProblemForAnyone : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        ProblemShape.Complete(context.ProblemDetails, ProblemShape.TraceOf(context.HttpContext));
        await context.HttpContext.Response.WriteAsJsonAsync(context.ProblemDetails, context.ProblemDetails.GetType(), options: null, contentType: "application/problem+json");
    }
}

internal sealed partial class ProblemExceptionHandler(ILogger<ProblemExceptionHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        switch (exception)
        {
            case Http.RefusedRequestException refused:
                await refused.Refusal.ToProblem().ExecuteAsync(httpContext);
                return true;
            case BadHttpRequestException bad:
                await BadRequestAsync(httpContext, bad);
                return true;
            case InvalidOperationException when Http.Charsets.IsUnknown(httpContext.Request.ContentType):
                await ProblemShape.WriteAsync(httpContext, StatusCodes.Status415UnsupportedMediaType, message: "The charset of the request body is not known; send UTF-8");
                return true;
            case OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested:
                httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return true;
            case not null when IsDatabaseAway(exception):
                // Without its stack: a hundred of them a second, each resolved and written, would keep the processor from what could be answered.
                Unavailable(log, exception.GetBaseException().Message);
                httpContext.Response.Headers.RetryAfter = "2";
                await ProblemShape.WriteAsync(httpContext, StatusCodes.Status503ServiceUnavailable);
                return true;
            default:
                Broke(log, exception!, httpContext.Request.Method, Http.Secrets.Masked(httpContext.Request.Path.ToUriComponent()));
                await ProblemShape.WriteAsync(httpContext, StatusCodes.Status500InternalServerError);
                return true;
        }
    }

    private static Task BadRequestAsync(HttpContext context, BadHttpRequestException bad)
    {
        // {"path":"$.spaceId"} names the member at fault; converters of ours put the sentence into the message.
        if (bad.InnerException is JsonException { Path: { Length: > 2 } path } json)
        {
            var field = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
            var message = JsonWords.IsOurs(json) ? $"{field} {JsonWords.Sentence(json)}" : $"{field} has the wrong type or form";
            return ProblemShape.WriteAsync(context, StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, message,
                new Dictionary<string, string[]> { [field] = [message] });
        }

        var detail = bad.StatusCode switch
        {
            StatusCodes.Status400BadRequest when bad.InnerException is JsonException => "The request body is not valid JSON",
            StatusCodes.Status400BadRequest => Parameter(bad.Message),
            _ => null,
        };
        return ProblemShape.WriteAsync(context, bad.StatusCode, message: detail);
    }

    // The framework says: Failed to bind parameter "int page" from "abc". Only the name is worth telling.
    private static string Parameter(string message)
    {
        var parts = message.Split('"');
        return parts.Length >= 4 ? $"{parts[1].Split(' ')[^1]} is not valid: '{parts[3]}'" : message;
    }

    private static bool IsDatabaseAway(Exception? exception) => exception switch
    {
        null => false,
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "25006" or "53100" } => true,
        // What ends a connection is no answer to what was asked on it; with a full disk it is an error of no other name.
        PostgresException { InvariantSeverity: "FATAL" or "PANIC" } => true,
        PostgresException => false,
        NpgsqlException or System.Net.Sockets.SocketException or TimeoutException => true,
        // A connection that Npgsql lost track of and has closed. So ends one on which a statement was refused (read-only) while it was being prepared: it is kept without its columns.
        { Source: "Npgsql" } when exception.GetType() == typeof(Exception) => true,
        _ => IsDatabaseAway(exception.InnerException),
    };

    [LoggerMessage(100, LogLevel.Error, "Request {Method} {Path} broke")]
    private static partial void Broke(ILogger log, Exception exception, string method, string path);

    [LoggerMessage(101, LogLevel.Warning, "A dependency is away; answered 503: {Reason}")]
    private static partial void Unavailable(ILogger log, string reason);
}
