using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Faults.Api;

namespace Coworking.Faults.Fuzz;

/// <summary>Values that fit a schema, and that mean something where the name of the member says what it means.</summary>
internal sealed class Values(ApiDocument document, Ids ids, Random random)
{
    private const int MaxDepth = 6;

    // Times of one request belong together: an end follows its start.
    private DateTimeOffset _base = Today;

    private static DateTimeOffset Today => new(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero);

    public void NextRequest() => _base = Today.AddDays(random.Next(1, 60)).AddHours(15 + random.Next(0, 8));

    /// <summary>A body as the document shows it, or one made from its schema.</summary>
    public JsonNode? Body(ApiContent content)
    {
        var body = content.Examples.Count > 0 && random.Next(3) > 0 ? JsonNode.Parse(content.Examples[random.Next(content.Examples.Count)].GetRawText()) : Of(content.Schema, "", 0);
        return Meant(body, "");
    }

    public string Text(ApiParameter parameter)
    {
        var node = Named(parameter.Name)
            ?? (parameter.Examples.Count > 0 && random.Next(2) == 0 ? JsonNode.Parse(parameter.Examples[random.Next(parameter.Examples.Count)].GetRawText()) : Of(parameter.Schema, parameter.Name, 0));
        return node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : node?.ToJsonString() ?? "";
    }

    public JsonNode? Of(JsonElement schema, string name, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return "anything";
        }

        schema = document.Resolve(schema);

        if (Example(schema) is { } example)
        {
            return JsonNode.Parse(example.GetRawText());
        }

        foreach (var word in (string[])["oneOf", "anyOf"])
        {
            if (schema.TryGetProperty(word, out var parts))
            {
                return Of(parts[random.Next(parts.GetArrayLength())], name, depth);
            }
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            return Merge(all, name, depth);
        }

        return Type(schema) switch
        {
            "object" => Object(schema, depth),
            "array" => Array(schema, name, depth),
            "string" => Text(schema),
            "integer" => JsonValue.Create(Whole(schema)),
            "number" => JsonValue.Create(Math.Round(Bound(schema, "minimum", -1000) + (random.NextDouble() * (Bound(schema, "maximum", 1000) - Bound(schema, "minimum", -1000))), 3)),
            "boolean" => JsonValue.Create(random.Next(2) == 0),
            _ => null,
        };
    }

    public static double Bound(JsonElement schema, string word, double otherwise) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(word, out var bound) && bound.ValueKind == JsonValueKind.Number ? bound.GetDouble() : otherwise;

    private long Whole(JsonElement schema)
    {
        var (least, most) = (Bound(schema, "minimum", 0), Bound(schema, "maximum", 10_000));
        return (long)least + random.NextInt64(0, Math.Max(1, (long)Math.Min(most - least, 1e15) + 1));
    }

    private JsonElement? Example(JsonElement schema)
    {
        if (schema.TryGetProperty("const", out var only))
        {
            return only;
        }

        if (schema.TryGetProperty("enum", out var words))
        {
            return words[random.Next(words.GetArrayLength())];
        }

        return random.Next(2) == 0 ? null : schema.TryGetProperty("example", out var example) ? example : schema.TryGetProperty("examples", out var list) && list.GetArrayLength() > 0 ? list[0] : null;
    }

    private string Type(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return schema.TryGetProperty("properties", out _) ? "object" : "string";
        }

        if (type.ValueKind == JsonValueKind.String)
        {
            return type.GetString()!;
        }

        var types = type.EnumerateArray().Select(one => one.GetString()!).ToArray();
        // Null now and then, where it may be: more of it would leave requests empty.
        return random.Next(8) == 0 ? types[^1] : types.FirstOrDefault(one => one != "null") ?? "null";
    }

    private JsonObject Object(JsonElement schema, int depth)
    {
        var made = new JsonObject();
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet() : [];

        foreach (var member in schema.TryGetProperty("properties", out var members) ? members.EnumerateObject() : default)
        {
            if (required.Contains(member.Name) || (depth < MaxDepth && random.Next(3) > 0))
            {
                made[member.Name] = Named(member.Name) ?? Of(member.Value, member.Name, depth + 1);
            }
        }

        if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.Object && depth < MaxDepth)
        {
            made["one"] = Of(others, "one", depth + 1);
        }

        return made;
    }

    private JsonArray Array(JsonElement schema, string name, int depth)
    {
        var least = (int)Bound(schema, "minItems", 0);
        var count = least + (depth < MaxDepth ? random.Next(0, 1 + Math.Min(3, (int)Bound(schema, "maxItems", 100) - least)) : 0);
        return [.. Enumerable.Range(0, count).Select(_ => schema.TryGetProperty("items", out var items) ? Of(items, name, depth + 1) : null)];
    }

    private JsonObject Merge(JsonElement parts, string name, int depth)
    {
        var made = new JsonObject();

        foreach (var part in parts.EnumerateArray().Select(part => Of(part, name, depth)).OfType<JsonObject>())
        {
            foreach (var (member, value) in part)
            {
                made[member] = value?.DeepClone();
            }
        }

        return made;
    }

    private JsonValue Text(JsonElement schema)
    {
        var format = schema.TryGetProperty("format", out var given) ? given.GetString() : null;
        var least = (int)Bound(schema, "minLength", 1);
        var length = least + random.Next(0, 1 + Math.Clamp((int)Math.Min(Bound(schema, "maxLength", least + 20), 1e6) - least, 0, 20));
        return JsonValue.Create(format switch
        {
            "uuid" => Guid.CreateVersion7().ToString(),
            "date-time" => Instant(_base.AddMinutes(random.Next(0, 600))),
            "date" => Day(_base),
            "time" => $"{random.Next(0, 24):00}:{15 * random.Next(0, 4):00}",
            "uri" => "http://127.0.0.1:9/hook",
            "email" => Email(),
            _ => new string([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26)))]),
        });
    }

    /// <summary>Examples speak of things that are not there and of days that are over: their places are filled with ours.</summary>
    private JsonNode? Meant(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var member in members.Select(pair => pair.Key).ToArray())
                {
                    members[member] = Meant(members[member]?.DeepClone(), member);
                }

                return members;
            case JsonArray:
                return node;
            default:
                // Null stays, and so does what tells nothing by its name.
                return node is null ? null : Named(name) ?? node;
        }
    }

    private JsonNode? Named(string name) => name switch
    {
        "startTime" or "start" or "from" => Instant(_base),
        "endTime" or "end" or "to" => Instant(_base.AddMinutes(15 * random.Next(1, 9))),
        "bookingDate" or "dateFrom" or "dateTo" or "date" or "day" => Day(_base),
        "until" => Day(_base.AddDays(random.Next(1, 60))),
        "expiresAt" => Instant(_base.AddDays(1)),
        "clientEmail" or "email" => Email(),
        "serialNumber" => $"SN-{Guid.CreateVersion7():N}",
        "key" => $"fuzz-{Guid.CreateVersion7():N}",
        "timezone" => random.Next(2) == 0 ? "America/Mexico_City" : "Europe/Berlin",
        _ => ids.ForMember(name, random),
    };

    private string Email() => $"fuzz.{random.Next(500)}@example.com";

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
