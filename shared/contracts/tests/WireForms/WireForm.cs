using System.Text.Encodings.Web;
using System.Text.Json;
using Coworking.Hosting.Messaging;

namespace Coworking.Contracts.Tests.WireForms;

/// <summary>What a message looks like on the wire, and the file in which that was approved.</summary>
internal static class WireForm
{
    // The encoder of the outbox: the file shows the characters that travel.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Folder { get; } = Repository.At("shared", "contracts", "src", "WireForms");

    /// <summary>The exchange without the platform's prefix: alert-opened.</summary>
    internal static string Name(Type message) => MessageNames.Exchanges[message]["coworking:".Length..];

    internal static string File(Type message) => Path.Combine(Folder, Name(message) + ".json");

    /// <summary>The body exactly as an outbox row holds it.</summary>
    internal static string Body(object message) => OutboxMessage.Of(message, Guid.CreateVersion7(), DateTimeOffset.UnixEpoch).Body;

    /// <summary>The body laid out for people: other whitespace, the same JSON.</summary>
    internal static string Lay(string body)
    {
        using var json = JsonDocument.Parse(body);
        return JsonSerializer.Serialize(json, Readable) + "\n";
    }

    /// <summary>Members that a consumer of the approved form would miss, or find with another type, in the present one.</summary>
    internal static IEnumerable<string> Broken(JsonElement approved, JsonElement present, string path = "$")
    {
        if (approved.ValueKind == JsonValueKind.Object && present.ValueKind == JsonValueKind.Object)
        {
            return approved.EnumerateObject().SelectMany(member => present.TryGetProperty(member.Name, out var value)
                ? Broken(member.Value, value, $"{path}.{member.Name}")
                : [$"{path}.{member.Name}"]);
        }

        return Kind(approved) == Kind(present) || approved.ValueKind == JsonValueKind.Null ? [] : [path];
    }

    /// <summary>Paths of all members, nested ones included.</summary>
    internal static IEnumerable<string> Members(JsonElement form, string path = "")
    {
        foreach (var member in form.ValueKind == JsonValueKind.Object ? form.EnumerateObject() : default)
        {
            var here = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            yield return here;

            foreach (var below in Members(member.Value, here))
            {
                yield return below;
            }
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : value.ValueKind.ToString();
}
