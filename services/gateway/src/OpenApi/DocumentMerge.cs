using System.Text.Json.Nodes;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.OpenApi;

/// <summary>Makes one document of those of the services.</summary>
internal static class DocumentMerge
{
    internal const string ServiceMember = "x-coworking-service";

    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete", "head", "options", "trace"];

    /// <param name="parts">Service to document.</param>
    /// <param name="serviceOf">Which service answers at a path; what others say of it is left out.</param>
    /// <exception cref="DocumentConflictException">Two services mean different things by one name.</exception>
    internal static JsonObject Merge(IReadOnlyList<KeyValuePair<string, JsonObject>> parts, Func<string, string?> serviceOf)
    {
        var (paths, components, tags) = (new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal), new SortedDictionary<string, JsonObject>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));

        foreach (var (service, part) in parts)
        {
            foreach (var (path, operations) in (part["paths"] as JsonObject ?? []).Where(path => serviceOf(path.Key) == service))
            {
                paths[path] = InOrder(operations!.AsObject());
                tags.UnionWith(operations.AsObject().SelectMany(operation => operation.Value!["tags"] as JsonArray ?? []).Select(tag => (string)tag!));
            }

            foreach (var (kind, group) in part["components"] as JsonObject ?? [])
            {
                Unify(service, kind, group!.AsObject(), components);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Coworking",
                ["version"] = "1",
                ["description"] = "Spaces, bookings and their climate behind one address. Members and codes may be added to answers; none is renamed or taken away.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "This gateway" }),
            ["tags"] = new JsonArray([.. tags.Select(tag => (JsonNode)new JsonObject { ["name"] = tag })]),
            ["paths"] = new JsonObject(paths),
            ["components"] = new JsonObject(components.Select(group => KeyValuePair.Create<string, JsonNode?>(
                group.Key, new JsonObject(group.Value.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, one.Value?.DeepClone())))))),
        };
    }

    /// <summary>What a merged document says of one service, to stand in for it.</summary>
    internal static JsonObject PartOf(JsonObject merged, string service) => new()
    {
        ["paths"] = new JsonObject((merged["paths"] as JsonObject ?? [])
            .Where(path => path.Value!.AsObject().Any(operation => (string?)operation.Value![ServiceMember] == service))
            .Select(path => KeyValuePair.Create(path.Key, path.Value?.DeepClone()))),
        ["components"] = merged["components"]?.DeepClone(),
    };

    /// <summary>Takes away the schemas that nothing refers to, which a part that stands in brings along.</summary>
    internal static void RemoveUnused(JsonObject document)
    {
        var components = document["components"]!.AsObject();
        var used = new HashSet<string>(StringComparer.Ordinal);
        Follow(document["paths"]!, components, used);

        foreach (var kind in new[] { "schemas", "responses" })
        {
            foreach (var name in (components[kind] as JsonObject ?? []).Select(one => one.Key).Where(name => !used.Contains($"#/components/{kind}/{name}")).ToList())
            {
                components[kind]!.AsObject().Remove(name);
            }
        }
    }

    private static void Follow(JsonNode node, JsonObject components, HashSet<string> used)
    {
        if (node is JsonObject json && json["$ref"] is JsonValue reference && used.Add(reference.GetValue<string>()))
        {
            var names = reference.GetValue<string>().Split('/');
            Follow(components[names[^2]]![names[^1]]!, components, used);
        }

        foreach (var child in (node as JsonObject)?.Select(member => member.Value) ?? (node as JsonArray)?.AsEnumerable() ?? [])
        {
            if (child is not null)
            {
                Follow(child, components, used);
            }
        }
    }

    private static void Unify(string service, string kind, JsonObject group, SortedDictionary<string, JsonObject> components)
    {
        if (!components.TryGetValue(kind, out var all))
        {
            components[kind] = all = [];
        }

        foreach (var (name, one) in group)
        {
            if (all[name] is { } present && !JsonNode.DeepEquals(present, one))
            {
                throw new DocumentConflictException(service, $"{kind}/{name}");
            }

            all[name] = one?.DeepClone();
        }
    }

    private static JsonObject InOrder(JsonObject operations) =>
        new(operations.OrderBy(operation => Array.IndexOf(Methods, operation.Key)).Select(operation => KeyValuePair.Create(operation.Key, operation.Value?.DeepClone())));
}

/// <summary>Two services mean different things by one name.</summary>
/// <param name="service">The one that came later.</param>
/// <param name="component">What is meant twice.</param>
internal sealed class DocumentConflictException(string service, string component)
    : Exception($"{component} of {service} differs from what another service means by it: one needs a SchemaName of its own")
{
    internal string Service { get; } = service;
}
