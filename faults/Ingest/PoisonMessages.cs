using System.Globalization;
using System.Text;
using Coworking.Bench;

namespace Coworking.Faults.Ingest;

/// <summary>Messages that nobody should send.</summary>
internal sealed class PoisonMessages(IReadOnlyList<BenchSpace> spaces, DateTimeOffset start)
{
    private const int Kinds = 5;

    /// <summary>Reason by which message n is rejected.</summary>
    public static string ReasonOf(long n) => n % Kinds == 2 ? "too_large" : "malformed";

    public Parcel Of(long n)
    {
        var space = (int)(n % spaces.Count);
        var ts = string.Create(CultureInfo.InvariantCulture, $"\"ts\":\"{(start + TimeSpan.FromMilliseconds(n)).UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z\"");
        var text = (n % Kinds) switch
        {
            0 => $"{{{ts},\"temp_c\":}}",
            1 => $"{{{ts},\"temp_c\":NaN}}",
            2 => $"{{{ts},\"temp_c\":20,\"x\":\"{new string('x', 1_000_000)}\"}}",
            3 => $"{{{ts},\"x\":{new string('[', 10_000)}",
            // As deep as it fits, and closed: nothing but the depth is wrong with it.
            _ => $"{{{ts},\"temp_c\":20,\"x\":{new string('[', 8000)}{new string(']', 8000)}}}",
        };
        return new Parcel((int)n, spaces[space].Topic, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A PUBLISH whose topic is no UTF-8. Mosquitto lets none through: it takes somebody in its place.</summary>
    public static byte[] BadTopic(ushort packetId)
    {
        byte[] topic = [.. "sites/"u8, 0xFF, 0xFE, 0xC0, .. "/telemetry"u8];
        byte[] body = [0, (byte)topic.Length, .. topic, (byte)(packetId >> 8), (byte)packetId, 0, .. "{}"u8];
        return [0x32, (byte)body.Length, .. body];
    }
}
