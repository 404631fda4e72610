using System.Text.Json;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Readings;

/// <summary>Telemetry JSON to a reading, straight from the bytes: no strings, no objects, one exception for JSON that is none.</summary>
internal static class ReadingDecoder
{
    /// <summary>A payload above this is refused unread.</summary>
    public const int MaxPayload = 16 * 1024;

    /// <summary>A clock may run ahead by this much.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(15);

    /// <summary>Reads one payload; the first thing wrong is the answer.</summary>
    /// <param name="payload">The whole message.</param>
    /// <param name="oldest">Device times before this (micros) are too old.</param>
    /// <param name="newest">Device times after this (micros) lie in the future.</param>
    /// <param name="reading">The sealed reading, without its space.</param>
    public static Rejection? Decode(ReadOnlySpan<byte> payload, long oldest, long newest, out Reading reading) =>
        Decode(payload, oldest, newest, aliases: false, out reading, out _);

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, long, long, out Reading)"/>
    /// <param name="aliases">The names of readings over HTTP count too.</param>
    /// <param name="device">Which device it says it is from, as it lies in the payload; empty where it does not say.</param>
    public static Rejection? Decode(ReadOnlySpan<byte> payload, long oldest, long newest, bool aliases, out Reading reading, out ReadOnlySpan<byte> device)
    {
        reading = default;
        device = default;

        if (payload.Length > MaxPayload)
        {
            return TooLarge(payload.Length);
        }

        var at = long.MinValue;

        try
        {
            if (Members(payload, aliases, ref reading, ref at, ref device) is { } rejection)
            {
                return rejection;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: bytes inside a string that are no UTF-8.
            return new Rejection(Rejection.Malformed, "the payload is not a JSON object");
        }

        return Judge(ref reading, at, oldest, newest);
    }

    public static Rejection TooLarge(int length) => new(Rejection.TooLarge, $"the payload has {length} bytes; at most {MaxPayload} are taken");

    private static Rejection? Judge(ref Reading reading, long at, long oldest, long newest)
    {
        if (at == long.MinValue)
        {
            return new Rejection(Rejection.Malformed, "ts is missing");
        }

        if (reading.Present == 0 && reading.PowerOk is null && reading.DoorOpen is null)
        {
            return new Rejection(Rejection.NoMetric, "the payload has no metric");
        }

        if (at > newest)
        {
            return new Rejection(Rejection.Future, $"ts {Micros.ToInstant(at):O} is more than {MaxAhead.TotalMinutes:0} minutes ahead");
        }

        if (at < oldest)
        {
            return new Rejection(Rejection.TooOld, $"ts {Micros.ToInstant(at):O} is older than what is kept");
        }

        reading.At = at;
        reading.Seal();
        return null;
    }

    private static Rejection? Members(ReadOnlySpan<byte> payload, bool aliases, ref Reading reading, ref long at, ref ReadOnlySpan<byte> device)
    {
        var json = new Utf8JsonReader(payload);
        Rejection? first = null;

        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return new Rejection(Rejection.Malformed, "the payload is not a JSON object");
        }

        // A member at fault does not stop the reading: bytes that are no JSON further on make the whole message malformed.
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            var rejection = Member(ref json, aliases, ref reading, ref at, ref device);
            first ??= rejection;
        }

        // Anything behind the object makes this throw.
        _ = json.Read();
        return first;
    }

    private static Rejection? Member(ref Utf8JsonReader json, bool aliases, ref Reading reading, ref long at, ref ReadOnlySpan<byte> device)
    {
        if (json.ValueTextEquals("ts"u8))
        {
            json.Read();
            return DeviceTime.TryRead(ref json, out at) ? null : new Rejection(Rejection.Malformed, "ts must be an RFC 3339 time with a zone");
        }

        var metric = json.ValueTextEquals("temp_c"u8) ? Metric.TempC
            : json.ValueTextEquals("humidity_pct"u8) ? Metric.HumidityPct
            : json.ValueTextEquals("co2_ppm"u8) ? Metric.Co2Ppm
            : json.ValueTextEquals("occupancy"u8) ? Metric.Occupancy
            : json.ValueTextEquals("power_w"u8) ? Metric.PowerW
            : json.ValueTextEquals("battery_pct"u8) ? Metric.BatteryPct
            : aliases ? Alias(ref json)
            : -1;

        if (metric >= 0)
        {
            json.Read();
            return Number(ref json, ref reading, metric);
        }

        if (json.ValueTextEquals("power_ok"u8) || (aliases && json.ValueTextEquals("powerStatus"u8)))
        {
            json.Read();
            return Flag(ref json, "power_ok", out reading.PowerOk);
        }

        if (json.ValueTextEquals("door_open"u8) || (aliases && json.ValueTextEquals("doorStatus"u8)))
        {
            json.Read();
            return Flag(ref json, "door_open", out reading.DoorOpen);
        }

        if (json.ValueTextEquals("device"u8))
        {
            json.Read();
            return Device(ref json, ref device);
        }

        json.Read();
        json.Skip();
        return null;
    }

    private static int Alias(ref Utf8JsonReader json) =>
        json.ValueTextEquals("temperature"u8) ? Metric.TempC
        : json.ValueTextEquals("humidity"u8) ? Metric.HumidityPct
        : json.ValueTextEquals("batteryLevel"u8) ? Metric.BatteryPct
        : -1;

    private static Rejection? Device(ref Utf8JsonReader json, ref ReadOnlySpan<byte> device)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.String || json.ValueSpan.IsEmpty)
        {
            json.Skip();
            return new Rejection(Rejection.Malformed, "device must be a serial number");
        }

        device = json.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(json.GetString()!) : json.ValueSpan;
        // PostgreSQL keeps no U+0000 in text, and the serial is part of the reason that is kept.
        return device.Contains((byte)0) ? new Rejection(Rejection.Malformed, "device must be a serial number") : null;
    }

    private static Rejection? Number(ref Utf8JsonReader json, ref Reading reading, int metric)
    {
        var rule = Metric.All[metric];

        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.Number)
        {
            json.Skip();
            return new Rejection(Rejection.Malformed, $"{rule.Wire} must be a number");
        }

        if (!json.TryGetDouble(out var value) || !(value >= rule.Min && value <= rule.Max))
        {
            return new Rejection(Rejection.OutOfRange, $"{rule.Wire} must be from {rule.Min} to {rule.Max}");
        }

        var kept = Math.Round(value * rule.Scale);

        if (rule.Scale == 1 && kept != value)
        {
            return new Rejection(Rejection.OutOfRange, $"{rule.Wire} must be a whole number");
        }

        reading.Set(metric, (int)kept);
        return null;
    }

    private static Rejection? Flag(ref Utf8JsonReader json, string name, out bool? flag)
    {
        flag = json.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };

        if (flag is not null || json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        json.Skip();
        return new Rejection(Rejection.Malformed, $"{name} must be true or false");
    }
}
