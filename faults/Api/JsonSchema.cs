using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coworking.Faults.Api;

/// <summary>
/// Judges JSON by a schema of an OpenAPI document: the words of JSON Schema 2020-12 that our documents use, and no others (the validators on NuGet do not restore).
/// A word that it does not know is an error, so that nothing passes for judged that was not.
/// </summary>
internal sealed class JsonSchema(ApiDocument document)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // They say something to people, or where to look, and refuse nothing.
    private static readonly HashSet<string> Silent =
        ["$ref", "$schema", "$id", "$comment", "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator", "contentEncoding", "contentMediaType", "externalDocs", "xml"];

    /// <summary>The first thing that does not fit, with its place; null where all does.</summary>
    public string? Complaint(JsonElement value, JsonElement schema, string at = "$")
    {
        if (schema.ValueKind is JsonValueKind.Undefined or JsonValueKind.True)
        {
            return null;
        }

        if (schema.ValueKind == JsonValueKind.False)
        {
            return $"{at} must not be there";
        }

        if (schema.TryGetProperty("$ref", out _) && Complaint(value, document.Resolve(schema), at) is { } referred)
        {
            return referred;
        }

        foreach (var word in schema.EnumerateObject())
        {
            if (Judge(word.Name, word.Value, value, schema, at) is { } complaint)
            {
                return complaint;
            }
        }

        return null;
    }

    private string? Judge(string word, JsonElement says, JsonElement value, JsonElement schema, string at) => word switch
    {
        "type" => HasType(says, value) ? null : $"{at} is {value.ValueKind}, not {says}",
        "enum" => says.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"{at} is {value}, none of {says}",
        "const" => JsonElement.DeepEquals(says, value) ? null : $"{at} is {value}, not {says}",
        "allOf" => says.EnumerateArray().Select(part => Complaint(value, part, at)).FirstOrDefault(complaint => complaint is not null),
        "anyOf" => says.EnumerateArray().Any(part => Complaint(value, part, at) is null) ? null : $"{at} fits none of anyOf: {Complaint(value, Best(says, value), at)}",
        "oneOf" => says.EnumerateArray().Count(part => Complaint(value, part, at) is null) switch
        {
            1 => null,
            0 => $"{at} fits none of oneOf: {Complaint(value, Best(says, value), at)}",
            var many => $"{at} fits {many} of oneOf",
        },
        "not" => Complaint(value, says, at) is null ? $"{at} fits what it must not" : null,
        "properties" or "required" or "additionalProperties" or "propertyNames" or "minProperties" or "maxProperties" => value.ValueKind == JsonValueKind.Object ? JudgeObject(word, says, value, schema, at) : null,
        "items" or "minItems" or "maxItems" or "uniqueItems" => value.ValueKind == JsonValueKind.Array ? JudgeArray(word, says, value, at) : null,
        "minLength" or "maxLength" or "pattern" or "format" => JudgeText(word, says, value, schema, at),
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => value.ValueKind == JsonValueKind.Number ? JudgeNumber(word, says, value, at) : null,
        _ => Silent.Contains(word) || word.StartsWith("x-", StringComparison.Ordinal) ? null : $"{at}: the word {word} of its schema is not known here",
    };

    private string? JudgeObject(string word, JsonElement says, JsonElement value, JsonElement schema, string at)
    {
        var members = value.EnumerateObject();
        switch (word)
        {
            case "required":
                return says.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at}.{name} is missing").FirstOrDefault();
            case "properties":
                return members.Where(member => says.TryGetProperty(member.Name, out _))
                    .Select(member => Complaint(member.Value, says.GetProperty(member.Name), $"{at}.{member.Name}")).FirstOrDefault(complaint => complaint is not null);
            case "additionalProperties":
                return members.Where(member => !schema.TryGetProperty("properties", out var known) || !known.TryGetProperty(member.Name, out _))
                    .Select(member => Complaint(member.Value, says, $"{at}.{member.Name}")).FirstOrDefault(complaint => complaint is not null);
            case "propertyNames":
                return members.Select(member => Complaint(JsonSerializer.SerializeToElement(member.Name), says, $"{at}.{member.Name}")).FirstOrDefault(complaint => complaint is not null);
            default:
                var count = members.Count();
                return (word == "minProperties" ? count >= says.GetInt32() : count <= says.GetInt32()) ? null : $"{at} has {count} members: {word} {says}";
        }
    }

    private string? JudgeArray(string word, JsonElement says, JsonElement value, string at)
    {
        var count = value.GetArrayLength();
        return word switch
        {
            "items" => value.EnumerateArray().Select((item, index) => Complaint(item, says, $"{at}[{index}]")).FirstOrDefault(complaint => complaint is not null),
            "minItems" => count >= says.GetInt32() ? null : $"{at} has {count} items, fewer than {says}",
            "maxItems" => count <= says.GetInt32() ? null : $"{at} has {count} items, more than {says}",
            _ => !says.GetBoolean() || value.EnumerateArray().Select(item => item.GetRawText()).Distinct().Count() == count ? null : $"{at} has an item twice",
        };
    }

    private static string? JudgeText(string word, JsonElement says, JsonElement value, JsonElement schema, string at)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return word == "format" && value.ValueKind == JsonValueKind.Number && says.GetString() == "int32" && !value.TryGetInt32(out _) ? $"{at} is no int32: {value}" : null;
        }

        var text = value.GetString()!;
        // Characters as JSON Schema counts them: code points.
        var length = text.EnumerateRunes().Count();
        var fits = word switch
        {
            "minLength" => length >= says.GetInt32(),
            "maxLength" => length <= says.GetInt32(),
            "pattern" => Regex.IsMatch(text, says.GetString()!, RegexOptions.CultureInvariant, Patience),
            // A number's pattern and format stand beside it where text is taken too.
            _ => !HasTypeText(schema) || HasFormat(text, says.GetString()!),
        };
        return fits ? null : $"{at} is '{(text.Length > 80 ? text[..80] : text)}': {word} {says}";
    }

    private static bool HasTypeText(JsonElement schema) => !schema.TryGetProperty("type", out var type) || (type.ValueKind == JsonValueKind.String ? type.GetString() == "string" : type.EnumerateArray().Any(one => one.GetString() == "string"));

    private static bool HasFormat(string text, string format) => format switch
    {
        "uuid" => Guid.TryParseExact(text, "D", out _),
        // Answers are in UTC, written with Z (wire.md).
        "date-time" => text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _) && text.Contains('T', StringComparison.Ordinal),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "email" => text.Contains('@', StringComparison.Ordinal),
        _ => true,
    };

    private static string? JudgeNumber(string word, JsonElement says, JsonElement value, string at)
    {
        var (number, bound) = (value.GetDouble(), says.GetDouble());
        var fits = word switch
        {
            "minimum" => number >= bound,
            "maximum" => number <= bound,
            "exclusiveMinimum" => number > bound,
            "exclusiveMaximum" => number < bound,
            _ => Math.Abs(number - (Math.Round(number / bound) * bound)) < 1e-9,
        };
        return fits ? null : $"{at} is {value}: {word} {says}";
    }

    private static bool HasType(JsonElement says, JsonElement value) =>
        says.ValueKind == JsonValueKind.Array ? says.EnumerateArray().Any(one => IsOf(one.GetString(), value)) : IsOf(says.GetString(), value);

    private static bool IsOf(string? type, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Null => type == "null",
        _ => type == "number" || (type == "integer" && Math.Abs(value.GetDouble() % 1) < double.Epsilon),
    };

    // Of several that do not fit, the one that is meant: an object's complaint says more than "is not null".
    private JsonElement Best(JsonElement parts, JsonElement value) =>
        parts.EnumerateArray().OrderByDescending(part => !document.Resolve(part).TryGetProperty("type", out var type) || HasType(type, value)).First();
}
