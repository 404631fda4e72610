using System.Text.Json;

namespace Coworking.Faults.Api;

/// <summary>One OpenAPI 3.1 document, as far as a program needs it that calls what it describes and judges what comes back.</summary>
internal sealed class ApiDocument
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    private readonly JsonElement _root;

    private ApiDocument(JsonElement root)
    {
        _root = root;
        Operations = [.. Read()];
    }

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ApiDocument Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new ApiDocument(document.RootElement.Clone());
    }

    public static async Task<ApiDocument> ReadAsync(HttpClient gateway, CancellationToken cancellationToken) =>
        Parse(await gateway.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), cancellationToken));

    /// <summary>What a reference stands for; anything else is itself.</summary>
    /// <exception cref="InvalidDataException">It leads nowhere.</exception>
    public JsonElement Resolve(JsonElement node)
    {
        // As many steps as anybody writes: a circle must not hang us.
        for (var step = 0; step < 20 && node.ValueKind == JsonValueKind.Object && node.TryGetProperty("$ref", out var reference); step++)
        {
            node = Follow(reference.GetString()!);
        }

        return node;
    }

    private JsonElement Follow(string reference)
    {
        var node = _root;

        foreach (var part in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

            if (!(node.ValueKind == JsonValueKind.Array ? TryIndex(node, name, out node) : node.TryGetProperty(name, out node)))
            {
                throw new InvalidDataException($"{reference} leads nowhere");
            }
        }

        return node;
    }

    private static bool TryIndex(JsonElement array, string name, out JsonElement item)
    {
        var isThere = int.TryParse(name, out var index) && index >= 0 && index < array.GetArrayLength();
        item = isThere ? array[index] : default;
        return isThere;
    }

    private IEnumerable<ApiOperation> Read()
    {
        foreach (var path in _root.GetProperty("paths").EnumerateObject())
        {
            var shared = Parameters(path.Value).ToList();

            foreach (var method in Methods)
            {
                if (path.Value.TryGetProperty(method, out var operation))
                {
                    List<ApiParameter> own = [.. Parameters(operation)];
                    own.AddRange(shared.Where(parameter => !own.Exists(one => one.Name == parameter.Name && one.In == parameter.In)));
                    var id = operation.TryGetProperty("operationId", out var given) ? given.GetString() : null;
                    var body = operation.TryGetProperty("requestBody", out var described) ? Resolve(described) : default;
                    yield return new ApiOperation(method.ToUpperInvariant(), path.Name, id, own, body.ValueKind == JsonValueKind.Undefined ? [] : Contents(body), Answers(operation))
                    {
                        Service = operation.TryGetProperty("x-coworking-service", out var service) ? service.GetString() : null,
                        Roles = operation.TryGetProperty("x-coworking-roles", out var roles) ? [.. roles.EnumerateArray().Select(role => role.GetString()!)] : [],
                    };
                }
            }
        }
    }

    private IEnumerable<ApiParameter> Parameters(JsonElement node)
    {
        foreach (var parameter in node.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(Resolve) : [])
        {
            yield return new ApiParameter(
                parameter.GetProperty("name").GetString()!,
                parameter.GetProperty("in").GetString()!,
                parameter.TryGetProperty("required", out var required) && required.GetBoolean(),
                parameter.TryGetProperty("schema", out var schema) ? schema : default,
                Examples(parameter));
        }
    }

    private Dictionary<string, ApiAnswer> Answers(JsonElement operation) => operation.TryGetProperty("responses", out var answers)
        ? answers.EnumerateObject().ToDictionary(answer => answer.Name, answer => new ApiAnswer(Contents(Resolve(answer.Value))))
        : [];

    private Dictionary<string, ApiContent> Contents(JsonElement node) => node.TryGetProperty("content", out var contents)
        ? contents.EnumerateObject().ToDictionary(
            content => content.Name,
            content => new ApiContent(content.Value.TryGetProperty("schema", out var schema) ? schema : default, Examples(content.Value)),
            StringComparer.OrdinalIgnoreCase)
        : [];

    private List<JsonElement> Examples(JsonElement node)
    {
        var examples = new List<JsonElement>();

        if (node.TryGetProperty("example", out var one))
        {
            examples.Add(one);
        }

        if (node.TryGetProperty("examples", out var named) && named.ValueKind == JsonValueKind.Object)
        {
            examples.AddRange(named.EnumerateObject().Select(example => Resolve(example.Value)).Where(example => example.TryGetProperty("value", out _)).Select(example => example.GetProperty("value")));
        }

        return examples;
    }
}

/// <param name="Method">In capitals.</param>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="Id">operationId.</param>
/// <param name="Parameters">Of the path, the query and the header.</param>
/// <param name="Bodies">By media type; empty where none is taken.</param>
/// <param name="Answers">By status, e.g. 200, 4XX or default.</param>
internal sealed record ApiOperation(
    string Method, string Path, string? Id, IReadOnlyList<ApiParameter> Parameters, IReadOnlyDictionary<string, ApiContent> Bodies, IReadOnlyDictionary<string, ApiAnswer> Answers)
{
    public string Name => $"{Method} {Path}";

    /// <summary>Who answers it, e.g. iot-ingest; null where the document does not say.</summary>
    public string? Service { get; init; }

    /// <summary>Who may, in the document's words.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>What the document says of a status; null where it says nothing.</summary>
    public ApiAnswer? Answer(int status) =>
        Answers.GetValueOrDefault($"{status}") ?? Answers.GetValueOrDefault($"{status / 100}XX") ?? Answers.GetValueOrDefault("default");
}

internal sealed record ApiParameter(string Name, string In, bool IsRequired, JsonElement Schema, IReadOnlyList<JsonElement> Examples);

internal sealed record ApiContent(JsonElement Schema, IReadOnlyList<JsonElement> Examples);

/// <param name="Contents">By media type; empty where nothing comes.</param>
internal sealed record ApiAnswer(IReadOnlyDictionary<string, ApiContent> Contents);
