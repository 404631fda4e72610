using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Coworking.Simulator;

/// <summary>What the platform wants a device to do.</summary>
internal readonly record struct Desired(int SamplingIntervalSec, int Co2AlertThreshold);

/// <summary>The JSON of the firmware, with exactly its keys.</summary>
internal static class Payload
{
    private const string Instant = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static byte[] Telemetry(DateTimeOffset at, Reading reading)
    {
        Span<byte> buffer = stackalloc byte[256];
        Utf8.TryWrite(
            buffer,
            CultureInfo.InvariantCulture,
            $"{{\"ts\":\"{at.UtcDateTime.ToString(Instant, CultureInfo.InvariantCulture)}\",\"temp_c\":{reading.TempC},\"humidity_pct\":{reading.HumidityPct},\"co2_ppm\":{reading.Co2Ppm},\"occupancy\":{reading.Occupancy},\"power_w\":{reading.PowerW}}}",
            out var written);
        return buffer[..written].ToArray();
    }

    public static byte[] Reported(DateTimeOffset at, Desired applied)
    {
        Span<byte> buffer = stackalloc byte[256];
        Utf8.TryWrite(
            buffer,
            CultureInfo.InvariantCulture,
            $"{{\"ts\":\"{at.UtcDateTime.ToString(Instant, CultureInfo.InvariantCulture)}\",\"samplingIntervalSec\":{applied.SamplingIntervalSec},\"co2_alert_threshold\":{applied.Co2AlertThreshold},\"firmwareVersion\":\"1.0.0\"}}",
            out var written);
        return buffer[..written].ToArray();
    }

    /// <summary>False for what no device can follow; a member that is missing keeps its value.</summary>
    public static bool TryReadDesired(ReadOnlyMemory<byte> json, Desired current, out Desired desired)
    {
        desired = current;

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;

            if (root.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            desired = new Desired(
                Member(root, "samplingIntervalSec", current.SamplingIntervalSec), Member(root, "co2_alert_threshold", current.Co2AlertThreshold));
            return desired.SamplingIntervalSec > 0;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private static int Member(JsonElement root, string name, int otherwise) => root.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;
}
