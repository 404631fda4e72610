using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Ingest;

/// <summary>One message on its way from a connection to the store. Good, reported and rejected ones travel the same queue, so that acknowledgements keep their order.</summary>
/// <param name="Source">Where it came from; told after the commit.</param>
/// <param name="PacketId">The source's own number for it; over MQTT 0 where nothing is to be acknowledged (QoS 0).</param>
/// <param name="ReceivedAt">Timestamp of the clock, for the lag from receipt to commit.</param>
/// <param name="Space">Of a reading or a reported state.</param>
/// <param name="Reading">Where there is neither of the following.</param>
/// <param name="Reported">What a device says of itself.</param>
/// <param name="Rejected">What was not taken, and why.</param>
/// <param name="Trace">Where the publish brought one.</param>
internal readonly record struct IngestItem(
    IngestSource Source,
    ushort PacketId,
    long ReceivedAt,
    Space? Space,
    Reading Reading,
    ReportedState? Reported,
    RejectedMessage? Rejected,
    ReadingTrace? Trace);

/// <summary>A message that was not taken, as it is kept.</summary>
internal sealed record RejectedMessage(string Topic, Rejection Rejection, byte[] Payload)
{
    /// <summary>No more of a payload than this is kept; all of it where it may be taken in again.</summary>
    public const int MaxKept = 4096;

    // Text without U+0000, which PostgreSQL does not keep: what is rejected must not be refused once more.
    public static RejectedMessage Of(ReadOnlySpan<byte> topic, Rejection rejection, ReadOnlySpan<byte> payload) =>
        new(Text(System.Text.Encoding.UTF8.GetString(topic)), rejection with { Detail = Text(rejection.Detail) }, payload[..Math.Min(payload.Length, rejection.Reason == Rejection.UnknownSpace ? ReadingDecoder.MaxPayload : MaxKept)].ToArray());

    private static string Text(string text) => text.Replace('\0', '\uFFFD');
}

/// <summary>Where messages come from, and who is told when they are committed.</summary>
internal abstract class IngestSource
{
    /// <summary>True between a commit and the acknowledgement of what it held.</summary>
    public abstract bool HasCommitted { get; }

    /// <summary>Called by the batcher alone, after the commit, in receive order.</summary>
    public abstract void Committed(in IngestItem item, Batch batch);

    /// <summary>Called once after all that one batch held of this source.</summary>
    public abstract ValueTask AcknowledgeAsync();
}
