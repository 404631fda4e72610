using System.Text.Json;

namespace Coworking.Hosting.Problems;

/// <summary>Lets a JSON converter say in its own words what is wrong with a member ("must be a valid UUID").</summary>
public static class JsonWords
{
    private const string Mark = "\u0001";

    /// <summary>An exception for a converter to throw; the member's name is put before the sentence.</summary>
    /// <param name="sentence">What the member must be, without its name.</param>
    public static JsonException Refuse(string sentence) => new(Mark + sentence);

    internal static bool IsOurs(JsonException exception) => exception.Message.StartsWith(Mark, StringComparison.Ordinal);

    internal static string Sentence(JsonException exception)
    {
        var text = exception.Message[1..];
        // The serializer appends " Path: $.x | LineNumber: …" to messages it passes on.
        var end = text.IndexOf(" Path: $", StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
