using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Twins;

/// <summary>What a device says of itself on its reported topic.</summary>
internal sealed record ReportedState(Space Space, DateTimeOffset At, int? SamplingIntervalSec, int? Co2AlertThreshold, string? FirmwareVersion)
{
    /// <summary>Serial number of the device that says so; null where it does not say.</summary>
    public string? Device { get; init; }

    public TwinReported Reported => new(SamplingIntervalSec, Co2AlertThreshold, FirmwareVersion, At);
}

/// <summary>Reads the payload of a reported message: {"ts","samplingIntervalSec","co2_alert_threshold","firmwareVersion"}.</summary>
internal static class ReportedDecoder
{
    private const int MaxText = 64;

    /// <param name="payload">JSON, UTF-8.</param>
    /// <param name="space">Of the topic.</param>
    /// <param name="oldest">Device times before this (micros) are too old.</param>
    /// <param name="newest">Device times after this lie in the future.</param>
    /// <param name="reported">What it says; null where it is rejected.</param>
    public static Rejection? Decode(ReadOnlySpan<byte> payload, Space space, long oldest, long newest, out ReportedState? reported)
    {
        reported = null;

        if (payload.Length > ReadingDecoder.MaxPayload)
        {
            return new Rejection(Rejection.TooLarge, $"the payload has {payload.Length} bytes; at most {ReadingDecoder.MaxPayload} are taken");
        }

        try
        {
            return Members(payload, space, oldest, newest, out reported);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new Rejection(Rejection.Malformed, "the payload is not a JSON object");
        }
    }

    private static Rejection? Members(ReadOnlySpan<byte> payload, Space space, long oldest, long newest, out ReportedState? reported)
    {
        reported = null;
        var at = long.MinValue;
        int? sampling = null, threshold = null;
        string? firmware = null, device = null;
        var json = new Utf8JsonReader(payload);

        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return new Rejection(Rejection.Malformed, "the payload is not a JSON object");
        }

        Rejection? first = null;

        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            var name = json.GetString();
            json.Read();
            var rejection = name switch
            {
                "ts" => DeviceTime.TryRead(ref json, out at) ? null : new Rejection(Rejection.Malformed, "ts must be an RFC 3339 time with a zone"),
                "samplingIntervalSec" => Whole(ref json, name, 1, 86_400, out sampling),
                "co2_alert_threshold" => Whole(ref json, name, 0, 40_000, out threshold),
                "firmwareVersion" => Text(ref json, name, out firmware),
                "device" => Text(ref json, name, out device),
                _ => Skip(ref json),
            };
            first ??= rejection;
        }

        _ = json.Read();

        if (first is not null || at == long.MinValue)
        {
            return first ?? new Rejection(Rejection.Malformed, "ts is missing");
        }

        if (at > newest)
        {
            return new Rejection(Rejection.Future, "ts lies in the future");
        }

        if (at < oldest)
        {
            return new Rejection(Rejection.TooOld, $"ts {Micros.ToInstant(at):O} is older than what is kept");
        }

        reported = new ReportedState(space, Micros.ToInstant(at), sampling, threshold, firmware) { Device = device };
        return null;
    }

    private static Rejection? Whole(ref Utf8JsonReader json, string name, int min, int max, out int? value)
    {
        value = null;

        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var number) || number < min || number > max)
        {
            json.Skip();
            return new Rejection(Rejection.OutOfRange, $"{name} must be a whole number from {min} to {max}");
        }

        value = number;
        return null;
    }

    private static Rejection? Text(ref Utf8JsonReader json, string name, out string? value)
    {
        value = json.TokenType == JsonTokenType.String ? json.GetString() : null;

        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (value is { Length: > 0 and <= MaxText } && !value.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        json.Skip();
        return new Rejection(Rejection.Malformed, $"{name} must be text of at most {MaxText} characters");
    }

    private static Rejection? Skip(ref Utf8JsonReader json)
    {
        json.Skip();
        return null;
    }
}
