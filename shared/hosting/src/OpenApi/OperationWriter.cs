using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace Coworking.Hosting.OpenApi;

/// <summary>Completes one operation of the document.</summary>
internal sealed class OperationWriter
{
    private static readonly Field[] Paging =
    [
        Field.Whole("page", 1, int.MaxValue, "Number of the page; one past the end is empty", usual: 1),
        Field.Whole("pageSize", 1, 100, "Rows of a page", usual: 10),
    ];

    private static readonly Field IfMatch = Field.Of("If-Match", "The ETag that was read last: 412 where the thing has changed since");

    private readonly OpenApiSettings _settings;
    private readonly EndpointMetadataCollection _metadata;
    private readonly MethodInfo _handler;
    private readonly Operation? _said;
    private readonly IReadOnlyList<string> _roles;
    private readonly HashSet<string> _ids;

    internal OperationWriter(OpenApiSettings settings, ApiDescription description)
    {
        _settings = settings;
        _metadata = new EndpointMetadataCollection(description.ActionDescriptor.EndpointMetadata);
        _handler = _metadata.GetRequiredMetadata<MethodInfo>();
        _said = _metadata.GetMetadata<Operation>() is { } said ? settings.Complete(description, said) : null;
        _roles = _said?.Roles ?? settings.RolesOf(_metadata);
        _ids = [.. description.ParameterDescriptions.Where(parameter => parameter.Source.Id == "Path" && IsId(parameter.ParameterDescriptor?.ParameterType)).Select(parameter => parameter.Name)];
    }

    private bool IsPublic => _roles.Contains(EndpointRoles.Public);

    internal void Complete(JsonObject operation)
    {
        operation["operationId"] = _said?.Id ?? _handler.DeclaringType!.Name + (_handler.Name == "Handle" ? "" : _handler.Name);
        operation["x-coworking-service"] = _settings.Service;
        operation["x-coworking-roles"] = new JsonArray([.. _roles.Select(role => (JsonNode)role)]);
        operation["security"] = Security();

        if (_said is not null)
        {
            operation["summary"] = _said.Summary;
            operation["description"] = _said.Description;
        }

        if (_said?.Description is null)
        {
            operation.Remove("description");
        }

        WriteParameters(operation);
        WriteBody(operation);
        WriteAnswers(operation["responses"]!.AsObject());
        WriteErrors(operation);
    }

    private JsonArray Security() =>
        _said?.Security is { } own ? [new JsonObject { [own] = new JsonArray() }]
        : IsPublic ? []
        : [new JsonObject { [OpenApiSetup.ApiKey] = new JsonArray() }, new JsonObject { [OpenApiSetup.Bearer] = new JsonArray() }];

    private void WriteParameters(JsonObject operation)
    {
        var parameters = operation["parameters"] as JsonArray ?? [];

        foreach (var parameter in parameters.OfType<JsonObject>().Where(parameter => _ids.Contains((string)parameter["name"]!)))
        {
            parameter["schema"] = new JsonObject { ["type"] = "string", ["format"] = "uuid" };
        }

        var query = Array.Exists(_handler.GetParameters(), parameter => parameter.ParameterType == typeof(PageRequest)) ? Paging.Concat(_said?.Query ?? []) : _said?.Query ?? [];
        Add(parameters, "query", query);
        Add(parameters, "header", _said?.Headers ?? []);
        Add(parameters, "header", _said?.TakesIfMatch is true ? [IfMatch] : []);

        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters.DeepClone();
        }
    }

    private static void Add(JsonArray parameters, string place, IEnumerable<Field> fields)
    {
        foreach (var field in fields)
        {
            parameters.Add((JsonNode)field.ToParameter(place));
        }
    }

    private void WriteBody(JsonObject operation)
    {
        foreach (var (_, media) in operation["requestBody"]?["content"] as JsonObject ?? [])
        {
            // That a body may be left out says its being required; null it is never.
            if (media!["schema"]?["oneOf"] is JsonArray and [{ } nothing, { } something] && (string?)nothing["type"] == "null")
            {
                media["schema"] = something.DeepClone();
            }

            if (_said?.Takes is { } example)
            {
                media["example"] = JsonNode.Parse(example);
            }
        }
    }

    private void WriteAnswers(JsonObject responses)
    {
        if (_said?.AnswersType is { } type)
        {
            responses["200"] = new JsonObject
            {
                ["description"] = "OK",
                ["content"] = new JsonObject { [type] = OfType(type) },
            };
            WriteHeaders("200", responses["200"]!.AsObject());
        }

        if (_said?.AnswersNotModified is true)
        {
            responses["304"] = new JsonObject { ["description"] = "Not Modified" };
        }

        if (_said?.AnswersType is not null)
        {
            return;
        }

        foreach (var (status, response) in responses.Where(response => response.Key[0] == '2'))
        {
            WriteShapes(status, response!);
            var example = status == "200" && _said?.GivesToo is { } other ? other : _said?.Gives;

            if (response!["content"] is JsonObject content && example is not null)
            {
                // The example is of the JSON, where an answer can be text too.
                foreach (var (_, media) in content.Where(media => media.Key.EndsWith("json", StringComparison.Ordinal)))
                {
                    media!["example"] = JsonNode.Parse(example);
                }
            }

            WriteHeaders(status, response.AsObject());
        }
    }

    private JsonObject OfType(string type) => type.EndsWith("json", StringComparison.Ordinal)
        ? new() { ["schema"] = new JsonObject { ["type"] = "object" }, ["example"] = JsonNode.Parse(_said!.Gives!) }
        : new() { ["schema"] = new JsonObject { ["type"] = "string" }, ["example"] = _said!.Gives };

    // The framework tells only the last of several answers with one status.
    private void WriteShapes(string status, JsonNode response)
    {
        var shapes = _metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
            .Where(produced => produced.StatusCode == int.Parse(status, CultureInfo.InvariantCulture) && produced.Type is { } type && type != typeof(void))
            .Select(produced => produced.Type!).Distinct().ToList();

        // Where the endpoint has described them in place, it knows better.
        if (shapes.Count > 1 && response["content"]?["application/json"] is JsonObject content && content["schema"]?["oneOf"] is null)
        {
            content["schema"] = new JsonObject
            {
                // Not oneOf: the shapes of what is done and of what would be done have members in common, and one may fit the other.
                ["anyOf"] = new JsonArray([.. shapes.Select(shape => (JsonNode)SchemaNames.Reference(shape))]),
            };
        }
    }

    private void WriteHeaders(string status, JsonObject response)
    {
        var headers = new JsonObject();

        if (status == "201")
        {
            headers["Location"] = Header("Where it can be read", "uri-reference");
        }

        if (_said?.AnswersETag is true)
        {
            headers["ETag"] = Header("Its version, for If-Match", format: null);
        }

        if (headers.Count > 0)
        {
            response["headers"] = headers;
        }
    }

    private static JsonObject Header(string text, string? format)
    {
        var schema = new JsonObject { ["type"] = "string" };

        if (format is not null)
        {
            schema["format"] = format;
        }

        return new JsonObject { ["description"] = text, ["schema"] = schema };
    }

    private void WriteErrors(JsonObject operation)
    {
        var own = (_said?.Refuses ?? []).ToLookup(refusal => refusal.Status);
        int[] shared = [400, .. IsPublic && _said?.Security is null ? Array.Empty<int>() : [401, 403],
            .. AnswersOtherThanJson(operation) ? [406] : Array.Empty<int>(), .. operation["requestBody"] is null ? Array.Empty<int>() : [413, 415], 414, 429, 431, 500, 503, 504];
        var responses = operation["responses"]!.AsObject();

        foreach (var status in shared.Concat(own.Select(refusals => refusals.Key)).Distinct().Order())
        {
            var refusals = own[status].ToList();

            // What the gate and the framework say stands beside what the use case says with the same status.
            if (refusals.Count > 0 && shared.Contains(status))
            {
                refusals.InsertRange(0, ErrorResponses.Beside(status));
            }

            responses[status.ToString(CultureInfo.InvariantCulture)] = ErrorResponses.Response(status, refusals);
        }

        operation["responses"] = new JsonObject(responses.OrderBy(response => response.Key, StringComparer.Ordinal).Select(response => KeyValuePair.Create(response.Key, response.Value?.DeepClone())));
    }

    private static bool AnswersOtherThanJson(JsonObject operation) =>
        operation["responses"]!.AsObject().Any(response => response.Value?["content"] is JsonObject contents && contents.Any(content => !content.Key.EndsWith("json", StringComparison.Ordinal)));

    private static bool IsId(Type? type) => type == typeof(RouteId) || type == typeof(Guid);
}
