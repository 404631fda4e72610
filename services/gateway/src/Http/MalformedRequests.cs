using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Coworking.Gateway.Http;

/// <summary>
/// What is no HTTP never reaches the pipeline: Kestrel answers it alone, with a status and no body. It says so before it does, and leaves time to answer in
/// our shape instead (ADR 0037).
/// </summary>
/// <remarks>The body goes to the connection itself: the request has none that could be written to, for it never became one.</remarks>
internal sealed class MalformedRequests : IObserver<KeyValuePair<string, object?>>
{
    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private MalformedRequests()
    {
    }

    /// <summary>For this gateway only, and for this one event: whoever else asks the source whether he is listened to hears no.</summary>
    internal static void AnswerInShape(WebApplication app)
    {
        var subscription = app.Services.GetRequiredService<DiagnosticListener>().Subscribe(new MalformedRequests(), name => name == Event);
        app.Lifetime.ApplicationStopped.Register(subscription.Dispose);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection features
            || features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException { StatusCode: var status } error
            || features.Get<IHttpResponseFeature>() is not { HasStarted: false } response
            // A stream of HTTP/2 is reset instead; its connection carries others.
            || features.Get<IHttp2StreamIdFeature>() is not null
            || features.Get<IConnectionTransportFeature>()?.Transport.Output is not { } output)
        {
            return;
        }

        var body = Body(status, error.Message);
        response.StatusCode = status;
        Stamp(response.Headers, features.Get<IHttpRequestFeature>()?.Headers, body.Length);
        var started = features.Get<IHttpResponseBodyFeature>()!.StartAsync();
        Debug.Assert(started.IsCompletedSuccessfully, "Nothing waits for the start of an answer to what has not entered the pipeline");
        Write(output, features.Get<IHttpRequestFeature>()?.Method == HttpMethods.Head ? [] : body);
    }

    public void OnError(Exception error)
    {
    }

    public void OnCompleted()
    {
    }

    private static void Stamp(IHeaderDictionary headers, IHeaderDictionary? request, int length)
    {
        headers.Connection = "close";
        headers.ContentType = "application/problem+json";
        headers.ContentLength = length;
        AnswerHeaders.Write(headers, RequestIds.For(request ?? new HeaderDictionary()), AnswerHeaders.NothingLoads);
    }

    private static byte[] Body(int status, string reason)
    {
        // Kestrel quotes what it could not read where its log is open, and leaves empty quotes where it is not.
        var quote = reason.IndexOf(": '", StringComparison.Ordinal);
        var (code, words) = status switch
        {
            StatusCodes.Status400BadRequest => ("request.malformed", "This is no valid HTTP request: " + (quote < 0 ? reason.TrimEnd('.') : reason[..quote])),
            StatusCodes.Status414UriTooLong => ("request.target_too_long", "The address of the request is too long"),
            StatusCodes.Status431RequestHeaderFieldsTooLarge => ("request.headers_too_large", "The header fields of the request are too many or too large"),
            _ => ((string?)null, (string?)null),
        };
        var problem = new ProblemDetails { Status = status, Detail = words };

        if (code is not null)
        {
            problem.Extensions["code"] = code;
        }

        ProblemShape.Complete(problem, ActivityTraceId.CreateRandom().ToString());
        return JsonSerializer.SerializeToUtf8Bytes(problem, Coworking.Hosting.Json.JsonSetup.Wire);
    }

    private static void Write(PipeWriter output, byte[] body)
    {
        output.Write(body);
        // Not awaited: Kestrel closes the connection next, which sends what is left.
        _ = output.FlushAsync().AsTask();
    }
}
