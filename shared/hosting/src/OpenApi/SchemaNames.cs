using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Microsoft.AspNetCore.OpenApi;

namespace Coworking.Hosting.OpenApi;

/// <summary>Names of schemas for people: a nested type after its owner, a row after what it shows, a page after its rows. Two types never share one.</summary>
internal sealed class SchemaNames
{
    private const string Row = "Row";

    private readonly ConcurrentDictionary<string, Type> _types = new(StringComparer.Ordinal);

    internal string? Of(JsonTypeInfo info)
    {
        // What the framework writes in place (text, numbers, lists) stays in place; a member that may be absent is what it is when it is there.
        if (OpenApiOptions.CreateDefaultSchemaReferenceId(info) is null || IsOptional(info.Type) || (Nullable.GetUnderlyingType(info.Type) ?? info.Type) == typeof(JsonElement))
        {
            return null;
        }

        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var name = NameOf(type);
        return _types.GetOrAdd(name, type) == type
            ? name
            : throw new InvalidOperationException($"{type} and {_types[name]} are both named {name} in the document; give one a SchemaName");
    }

    internal static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);

    /// <summary>How a document refers to a type of an answer.</summary>
    internal static JsonObject Reference(Type type) =>
        typeof(IDictionary).IsAssignableFrom(type) ? new() { ["type"] = "object" }
        : type.GetInterfaces().Append(type).FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>)) is { } list
            ? new() { ["type"] = "array", ["items"] = Reference(list.GetGenericArguments()[0]) }
            : new() { ["$ref"] = "#/components/schemas/" + NameOf(type) };

    internal static string NameOf(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>))
        {
            return NameOf(type.GetGenericArguments()[0]) + "Page";
        }

        if (type.GetCustomAttribute<SchemaNameAttribute>() is { } given)
        {
            return given.Name;
        }

        var name = type.Name.Split('`')[0];

        if (type.IsGenericType)
        {
            name += string.Concat(type.GetGenericArguments().Select(argument => "Of" + NameOf(argument)));
        }

        name = name.Length > Row.Length && name.EndsWith(Row, StringComparison.Ordinal) ? name[..^Row.Length] : name;
        return type.DeclaringType is { } owner ? NameOf(owner) + name : name;
    }
}
