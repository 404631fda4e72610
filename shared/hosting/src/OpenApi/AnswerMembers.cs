using System.Text.Json.Nodes;

namespace Coworking.Hosting.OpenApi;

/// <summary>Answers always carry all of their members, null where there is nothing; requests only what they must.</summary>
internal static class AnswerMembers
{
    private const string Prefix = "#/components/schemas/";

    internal static void Require(JsonObject document)
    {
        var schemas = document["components"]?["schemas"]?.AsObject() ?? [];
        var asked = new HashSet<string>(StringComparer.Ordinal);

        foreach (var body in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["requestBody"]).OfType<JsonNode>())
        {
            Collect(body, schemas, asked);
        }

        foreach (var name in asked)
        {
            ForbidNull(schemas[name]!.AsObject());
        }

        foreach (var (_, schema) in schemas.Where(schema => !asked.Contains(schema.Key)))
        {
            RequireAll(schema!);
        }

        foreach (var schema in AnswersInPlace(document))
        {
            RequireAll(schema);
        }

        foreach (var (_, schema) in schemas)
        {
            schema!.AsObject().Remove(MemberRules.MayBeAbsent);
        }
    }

    // What a handler writes member by member is described where it stands.
    private static IEnumerable<JsonNode> AnswersInPlace(JsonObject document) => document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
        .SelectMany(operation => operation.Value!["responses"]?.AsObject() ?? []).Where(answer => answer.Key[0] == '2')
        .SelectMany(answer => answer.Value!["content"]?.AsObject() ?? []).Select(content => content.Value!["schema"]).OfType<JsonNode>();

    // The framework writes a member that is an object and may be null as one of null and the object, whatever the code demands.
    private static void ForbidNull(JsonObject schema)
    {
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(name => (string)name!))
        {
            if (schema["properties"]?[name]?["oneOf"] is JsonArray and [{ } nothing, { } something] && (string?)nothing["type"] == "null")
            {
                schema["properties"]![name] = something.DeepClone();
            }
        }
    }

    private static void Collect(JsonNode node, JsonObject schemas, HashSet<string> found)
    {
        foreach (var name in References(node))
        {
            if (found.Add(name))
            {
                Collect(schemas[name]!, schemas, found);
            }
        }
    }

    private static IEnumerable<string> References(JsonNode node) => node switch
    {
        JsonObject json when json["$ref"] is JsonValue reference && reference.GetValue<string>().StartsWith(Prefix, StringComparison.Ordinal) =>
            [reference.GetValue<string>()[Prefix.Length..]],
        JsonObject json => json.SelectMany(member => member.Value is { } value ? References(value) : []),
        JsonArray list => list.SelectMany(item => item is { } value ? References(value) : []),
        _ => [],
    };

    private static void RequireAll(JsonNode schema)
    {
        if (schema is not JsonObject json)
        {
            return;
        }

        if (json["properties"] is JsonObject properties)
        {
            var absent = (json[MemberRules.MayBeAbsent] as JsonArray)?.Select(name => (string)name!).ToList() ?? [];
            json["required"] = new JsonArray([.. properties.Select(property => property.Key).Except(absent).Select(name => (JsonNode)name)]);

            foreach (var (_, property) in properties)
            {
                RequireAll(property!);
            }

            json.Remove(MemberRules.MayBeAbsent);
        }

        foreach (var inner in (json["oneOf"] as JsonArray ?? []).Append(json["items"]).Append(json["additionalProperties"]).OfType<JsonNode>())
        {
            RequireAll(inner);
        }
    }
}
