using System.Runtime.InteropServices;
using System.Text.Json;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Devices;

/// <summary>The body of readings over HTTP: one object or an array, each element judged as a message of its own.</summary>
internal static class ReadingsBody
{
    public const int MaxReadings = 1000;

    /// <summary>What the gateway lets through on this route, too: 1000 readings of 4 KiB.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The elements; a refusal where the body as a whole cannot be meant.</summary>
    public static Refusal? Read(JsonElement root, out List<JsonElement> elements)
    {
        elements = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Take(MaxReadings + 1)] : [root];

        return elements.Count switch
        {
            0 => DeviceRefusals.NoReadings,
            > MaxReadings => DeviceRefusals.TooManyReadings,
            _ => root.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? null : new Refusal(
                StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, "The body must be a reading or an array of readings"),
        };
    }

    /// <summary>An element as it goes on to the store.</summary>
    public static IngestItem Judge(JsonElement element, string serial, Space space, long oldest, long newest)
    {
        var payload = JsonMarshal.GetRawUtf8Value(element);
        var rejection = ReadingDecoder.Decode(payload, oldest, newest, aliases: true, out var reading, out var device);

        if (rejection is null && !device.IsEmpty && !device.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(serial)))
        {
            rejection = new Rejection(Rejection.UnknownDevice, "device names another device than the address");
        }

        if (rejection is not null)
        {
            return new IngestItem { Rejected = RejectedMessage.Of(System.Text.Encoding.UTF8.GetBytes($"http/devices/{serial}"), rejection, payload) };
        }

        reading.SpaceKey = space.Key;
        return new IngestItem { Space = space, Reading = reading };
    }
}
