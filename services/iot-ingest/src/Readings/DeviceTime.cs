using System.Text;
using System.Text.Json;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Readings;

/// <summary>The ts of a device: RFC 3339, with or without fractions, always with a zone.</summary>
internal static class DeviceTime
{
    public static bool TryRead(ref Utf8JsonReader json, out long micros)
    {
        micros = long.MinValue;

        if (json.TokenType != JsonTokenType.String)
        {
            json.Skip();
            return false;
        }

        // The framework takes a time without a zone for local time; a device's clock must say what it means.
        var text = json.ValueIsEscaped ? Encoding.UTF8.GetBytes(json.GetString()!) : json.ValueSpan;

        if (!HasZone(text) || !json.TryGetDateTimeOffset(out var instant))
        {
            return false;
        }

        micros = Micros.Of(instant);
        return true;
    }

    private static bool HasZone(ReadOnlySpan<byte> text) =>
        text.Length >= 17 && (text[^1] is (byte)'Z' or (byte)'z' || (text[^3] == ':' && text[^6] is (byte)'+' or (byte)'-'));
}
