using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Ingest;

/// <summary>A topic and a payload to what the store takes: a reading, a reported state, or a rejection with its reason.</summary>
internal sealed class MessageDecoder(SpaceDirectory spaces, DeviceDirectory devices, IOptions<IotIngestOptions> options, TimeProvider clock)
{
    private readonly TimeSpan _rawRetention = options.Value.RawRetention;

    /// <param name="topic">As the broker gave it.</param>
    /// <param name="payload">Valid for the call only: what is kept is copied.</param>
    /// <returns>An item without its source.</returns>
    public IngestItem Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        // Before the topic: what is too large stays so when its space becomes known.
        if (payload.Length > ReadingDecoder.MaxPayload)
        {
            return Reject(topic, ReadingDecoder.TooLarge(payload.Length), payload);
        }

        if (DeviceTopic.Parse(topic, spaces, out var space, out var isReported) is { } wrongTopic)
        {
            return Reject(topic, wrongTopic, payload);
        }

        var now = clock.GetUtcNow();

        var oldest = Database.Micros.Of(now - _rawRetention);
        var newest = Database.Micros.Of(now + ReadingDecoder.MaxAhead);

        if (isReported)
        {
            return (ReportedDecoder.Decode(payload, space!, oldest, newest, out var reported) ?? Note(reported!, now)) is { } wrong
                ? Reject(topic, wrong, payload)
                : new IngestItem { Space = space, Reported = reported };
        }

        if ((ReadingDecoder.Decode(payload, oldest, newest, aliases: false, out var reading, out var device) ?? devices.Attribute(space!, device, now, out _)) is { } rejection)
        {
            return Reject(topic, rejection, payload);
        }

        reading.SpaceKey = space!.Key;
        return new IngestItem { Space = space, Reading = reading };
    }

    private Rejection? Note(ReportedState reported, DateTimeOffset now)
    {
        var rejection = devices.Attribute(reported.Space, System.Text.Encoding.UTF8.GetBytes(reported.Device ?? ""), now, out var device);

        if (reported.FirmwareVersion is { } firmware)
        {
            device?.Says(firmware);
        }

        return rejection;
    }

    private static IngestItem Reject(ReadOnlySpan<byte> topic, Rejection rejection, ReadOnlySpan<byte> payload) =>
        new() { Rejected = RejectedMessage.Of(topic, rejection, payload) };
}
