using System.Text.Json;

namespace Coworking.Gateway.Telegram;

/// <summary>Somebody whom Telegram vouches for.</summary>
internal sealed record TelegramUser(long Id, string FirstName, string LastName)
{
    private const int MaxFields = 32;
    private const int MaxInitData = 8 * 1024;
    private const int MaxName = 100;

    /// <summary>The fields of a login widget's answer, each as it was signed: a number as it is written, a text without its quotes. Null where there is anything else.</summary>
    internal static List<(string Key, string Value)>? WidgetFields(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || body.GetPropertyCount() > MaxFields)
        {
            return null;
        }

        var fields = new List<(string, string)>();

        try
        {
            foreach (var member in body.EnumerateObject())
            {
                if (member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                {
                    return null;
                }

                fields.Add((member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText()));
            }
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is valid JSON and no text.
            return null;
        }

        return fields;
    }

    /// <summary>The fields of a mini app's initData, decoded. Null where it is none.</summary>
    internal static List<(string Key, string Value)>? MiniAppFields(string? initData)
    {
        if (initData is not { Length: >= 1 and <= MaxInitData } || initData.Split('&') is not { Length: <= MaxFields } pairs)
        {
            return null;
        }

        return [.. pairs.Select(pair => pair.Split('=', 2)).Select(pair => (Decode(pair[0]), pair.Length == 2 ? Decode(pair[1]) : ""))];
    }

    /// <summary>Whose fields these are; null where they do not say.</summary>
    internal static TelegramUser? OfWidget(IReadOnlyList<(string Key, string Value)> fields) => Of(
        Value(fields, "id"), Value(fields, "first_name"), Value(fields, "last_name"));

    /// <summary>Likewise of initData, where the user is JSON in a field of its own.</summary>
    internal static TelegramUser? OfMiniApp(IReadOnlyList<(string Key, string Value)> fields)
    {
        try
        {
            using var user = JsonDocument.Parse(Value(fields, "user") ?? "");
            return WidgetLike(user.RootElement) is { } members ? Of(Value(members, "id"), Value(members, "first_name"), Value(members, "last_name")) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Of a user only these members matter; others may be of any type.
    private static List<(string Key, string Value)>? WidgetLike(JsonElement user) => user.ValueKind != JsonValueKind.Object
        ? null
        : [.. user.EnumerateObject().Where(member => member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number).Select(member => (member.Name, member.Value.ToString()))];

    private static TelegramUser? Of(string? id, string? firstName, string? lastName) =>
        long.TryParse(id, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0
            ? new TelegramUser(number, Name(firstName), Name(lastName))
            : null;

    private static string Name(string? text)
    {
        var name = new string([.. (text ?? "").Where(c => !char.IsControl(c))]).Trim();
        return name.Length <= MaxName ? name : name[..(char.IsHighSurrogate(name[MaxName - 1]) ? MaxName - 1 : MaxName)];
    }

    private static string? Value(IReadOnlyList<(string Key, string Value)> fields, string key) => fields.FirstOrDefault(field => field.Key == key).Value;

    private static string Decode(string text) => System.Net.WebUtility.UrlDecode(text);
}
