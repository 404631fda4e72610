using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Coworking.Hosting.OpenApi;

/// <summary>Errors in the document: the one shape, those that every operation shares, and those of one operation with an example for each code.</summary>
internal static class ErrorResponses
{
    internal const string MediaType = "application/problem+json";

    private const string ExampleTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly Refusal Malformed = Refusal.Field("id", "id must be a valid UUID");

    private static readonly Dictionary<int, (string Name, Refusal[] Examples)> Shared = new()
    {
        [400] = ("BadRequest", [Malformed]),
        [401] = ("Unauthorized",
        [
            new(StatusCodes.Status401Unauthorized, "auth.missing", "Missing x-api-key header"),
            new(StatusCodes.Status401Unauthorized, "auth.invalid_key", "Invalid API key"),
            new(StatusCodes.Status401Unauthorized, "auth.invalid_token", "The access token is not valid or has expired"),
        ]),
        [403] = ("Forbidden",
        [
            new(StatusCodes.Status403Forbidden, "auth.forbidden", "This endpoint requires admin access"),
            new(StatusCodes.Status403Forbidden, "auth.out_of_scope", "The scopes of this API key do not allow this request"),
        ]),
        [406] = ("NotAcceptable", [new(StatusCodes.Status406NotAcceptable, "request.not_acceptable", "This address answers with text/calendar")]),
        [413] = ("TooLarge", [Usual(413)]),
        [414] = ("TargetTooLong", [new(StatusCodes.Status414UriTooLong, "request.target_too_long", "The address of the request is longer than 8192 characters")]),
        [415] = ("UnsupportedMediaType", [Usual(415)]),
        [429] = ("TooManyRequests",
        [
            new(StatusCodes.Status429TooManyRequests, "rate_limit.exceeded", "Too many requests: at most 600 a minute; try again in 1 s"),
            new(StatusCodes.Status429TooManyRequests, "rate_limit.in_flight", "Too many requests open: at most 128 at a time; try again when one has ended"),
        ]),
        [431] = ("HeadersTooLarge", [new(StatusCodes.Status431RequestHeaderFieldsTooLarge, "request.headers_too_large", "The header fields of the request are too many or too large")]),
        [500] = ("Broke", [Usual(500)]),
        [503] = ("Unavailable", [Usual(503)]),
        [504] = ("TimedOut", [Usual(504)]),
    };

    /// <summary>A response of one operation: shared where it refuses nothing of its own with this status.</summary>
    internal static JsonObject Response(int status, IReadOnlyCollection<Refusal> own) =>
        own.Count == 0 ? new JsonObject { ["$ref"] = $"#/components/responses/{Shared[status].Name}" } : Write(status, own, isClosed: true);

    /// <summary>What is answered with this status before a use case is asked.</summary>
    internal static IReadOnlyList<Refusal> Beside(int status) => Shared[status].Examples;

    internal static JsonObject Components() =>
        new(Shared.OrderBy(shared => shared.Value.Name, StringComparer.Ordinal).Select(shared =>
            KeyValuePair.Create<string, JsonNode?>(shared.Value.Name, Write(shared.Key, shared.Value.Examples, isClosed: false))));

    internal static JsonObject Schema() => JsonNode.Parse("""
        {
          "type": "object",
          "description": "Every error (RFC 9457). Match on code; message is for people.",
          "required": ["type", "title", "status", "detail", "code", "statusCode", "error", "message"],
          "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" },
            "code": { "type": "string", "description": "Stable, e.g. booking.slot_taken" },
            "statusCode": { "type": "integer", "description": "As status" },
            "error": { "type": "string", "description": "As title" },
            "message": { "type": "string", "description": "As detail" },
            "traceId": { "type": ["string", "null"] },
            "errors": {
              "type": "object",
              "description": "Field to messages, where fields are at fault",
              "additionalProperties": { "type": "array", "items": { "type": "string" } }
            }
          },
          "additionalProperties": true
        }
        """)!.AsObject();

    private static JsonObject Write(int status, IReadOnlyCollection<Refusal> refusals, bool isClosed)
    {
        var codes = refusals.Select(refusal => refusal.Code).Distinct(StringComparer.Ordinal).ToList();
        var shape = new JsonObject { ["$ref"] = "#/components/schemas/Problem" };
        var response = new JsonObject { ["description"] = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes)}" };

        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            response["headers"] = new JsonObject
            {
                ["Retry-After"] = new JsonObject { ["description"] = "Seconds to wait", ["schema"] = new JsonObject { ["type"] = "integer" } },
            };
        }

        response["content"] = new JsonObject
        {
            [MediaType] = new JsonObject
            {
                ["schema"] = isClosed ? Closed(shape, codes) : shape,
                ["examples"] = new JsonObject(refusals.DistinctBy(refusal => refusal.Code).Select(refusal =>
                    KeyValuePair.Create<string, JsonNode?>(refusal.Code, new JsonObject { ["value"] = Example(refusal) }))),
            },
        };
        return response;
    }

    private static JsonObject Closed(JsonObject shape, List<string> codes) => new()
    {
        ["allOf"] = new JsonArray(
            shape,
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. codes.Select(code => (JsonNode)code)]) } },
            }),
    };

    private static JsonNode Example(Refusal refusal)
    {
        var example = JsonSerializer.SerializeToNode(refusal.ToProblem().ProblemDetails, JsonSetup.Wire)!;
        example["traceId"] = ExampleTrace;
        return example;
    }

    private static Refusal Usual(int status)
    {
        var problem = new ProblemDetails { Status = status };
        ProblemShape.Complete(problem, ExampleTrace);
        return new(status, Convert.ToString(problem.Extensions["code"], CultureInfo.InvariantCulture)!, problem.Detail!);
    }
}
