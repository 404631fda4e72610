using System.Text.Json.Nodes;

namespace Coworking.Hosting.OpenApi;

/// <summary>A parameter that a handler reads by itself.</summary>
/// <param name="Name">As in the request.</param>
/// <param name="Text">What it does, for a person.</param>
/// <param name="Schema">JSON schema.</param>
public sealed record Field(string Name, string Text, JsonObject Schema)
{
    /// <summary>Without it the request is refused.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The same, but the request must carry it.</summary>
    public Field Required() => this with { IsRequired = true };

    /// <summary>A UUID.</summary>
    public static Field Uuid(string name, string text) => OfFormat(name, text, "uuid");

    /// <summary>A day, YYYY-MM-DD.</summary>
    public static Field Day(string name, string text) => OfFormat(name, text, "date");

    /// <summary>An RFC 3339 time with a zone.</summary>
    public static Field Instant(string name, string text) => OfFormat(name, text, "date-time");

    /// <summary>true or false.</summary>
    public static Field Flag(string name, string text) => new(name, text, new JsonObject { ["type"] = "boolean" });

    /// <summary>A whole number within bounds.</summary>
    public static Field Whole(string name, int min, int max, string text, int? usual = null)
    {
        var schema = new JsonObject { ["type"] = "integer", ["format"] = "int32", ["minimum"] = min };

        if (max != int.MaxValue)
        {
            schema["maximum"] = max;
        }

        if (usual is { } value)
        {
            schema["default"] = value;
        }

        return new(name, text, schema);
    }

    /// <summary>One of some words.</summary>
    public static Field Word(string name, IEnumerable<string> words, string text) =>
        new(name, text, new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) });

    /// <summary>Any text.</summary>
    public static Field Of(string name, string text, int? maxLength = null)
    {
        var schema = new JsonObject { ["type"] = "string" };

        if (maxLength is { } max)
        {
            schema["maxLength"] = max;
        }

        return new(name, text, schema);
    }

    private static Field OfFormat(string name, string text, string format) => new(name, text, new JsonObject { ["type"] = "string", ["format"] = format });

    internal JsonObject ToParameter(string place)
    {
        var parameter = new JsonObject { ["name"] = Name, ["in"] = place, ["description"] = Text };

        if (IsRequired)
        {
            parameter["required"] = true;
        }

        parameter["schema"] = Schema.DeepClone();
        return parameter;
    }
}
