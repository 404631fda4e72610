using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Coworking.Hosting.OpenApi;

/// <summary>What the framework does not read from the members of a type: formats of texts, allowed words, members that must be there, members that may be absent.</summary>
internal static class MemberRules
{
    /// <summary>Names members that answers leave out where there is nothing; it does not leave this process.</summary>
    internal const string MayBeAbsent = "x-may-be-absent";

    internal static async Task ApplyAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (SchemaNames.IsOptional(context.JsonTypeInfo.Type))
        {
            await BecomeAsync(schema, context.JsonTypeInfo.Type.GetGenericArguments()[0], context, cancellationToken);
        }

        // Our converters hide from the framework that these are text.
        if (schema is { Type: null, Format: not null })
        {
            schema.Type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        }

        // Numbers are read from text too, out of kindness; the document asks for numbers.
        if (schema.Type is { } type && (type.HasFlag(JsonSchemaType.Integer) || type.HasFlag(JsonSchemaType.Number)) && type.HasFlag(JsonSchemaType.String))
        {
            schema.Type = type & ~JsonSchemaType.String;
            schema.Pattern = null;
        }

        foreach (var attribute in context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [])
        {
            Apply(schema, attribute);
        }

        // The framework takes every parameter of a constructor for one that must be given.
        schema.Required?.Clear();

        foreach (var member in context.JsonTypeInfo.Properties.Where(member => member.AttributeProvider?.IsDefined(typeof(RequiredAttribute), inherit: false) is true))
        {
            (schema.Required ??= new HashSet<string>()).Add(member.Name);
        }

        if (context.JsonTypeInfo.Properties.Where(IsLeftOut).Select(member => (JsonNode)member.Name).ToArray() is { Length: > 0 } absent)
        {
            (schema.Extensions ??= new Dictionary<string, IOpenApiExtension>())[MayBeAbsent] = new JsonNodeExtension(new JsonArray(absent));
        }
    }

    private static bool IsLeftOut(JsonPropertyInfo member) => member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false) is [JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never }];

    private static void Apply(OpenApiSchema schema, object attribute)
    {
        switch (attribute)
        {
            case FormatAttribute format:
                schema.Format = format.Name;
                break;
            case RequiredAttribute:
                schema.Type &= ~JsonSchemaType.Null;
                break;
            case AllowedValuesAttribute allowed:
                SetEnum(schema, allowed.Values);
                break;
        }
    }

    private static void SetEnum(OpenApiSchema schema, object?[] values)
    {
        var words = values.Select(value => (JsonNode)JsonValue.Create((string)value!)).ToList();

        if (schema.Type?.HasFlag(JsonSchemaType.Array) is true && schema.Items is OpenApiSchema items)
        {
            items.Enum = words;
            return;
        }

        if (schema.Type?.HasFlag(JsonSchemaType.Null) is true)
        {
            words.Add(JsonNullSentinel.JsonNull);
        }

        schema.Enum = words;
    }

    private static async Task BecomeAsync(OpenApiSchema schema, Type type, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var inner = await context.GetOrCreateSchemaAsync(Nullable.GetUnderlyingType(type) ?? type, parameterDescription: null, cancellationToken);
        (schema.Type, schema.Format, schema.Items, schema.Properties, schema.Pattern) = (inner.Type | JsonSchemaType.Null, inner.Format, inner.Items, inner.Properties, inner.Pattern);
        (schema.Required, schema.AdditionalProperties, schema.Description) = (inner.Required, inner.AdditionalProperties, null);
    }
}
