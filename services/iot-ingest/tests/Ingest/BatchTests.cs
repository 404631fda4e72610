using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Tests.Ingest;

public sealed class BatchTests
{
    [Fact]
    public void It_keeps_each_reading_once_in_key_order_and_every_message_in_receive_order()
    {
        var batch = new Batch();
        var random = new Random(3);

        for (var i = 0; i < 1000; i++)
        {
            batch.Add(Item((ushort)(i + 1), random.Next(3), random.Next(20), random.Next(2)));
        }

        var rejected = RejectedMessage.Of("t"u8, new Rejection(Rejection.Malformed, "x"), new byte[10_000]);
        batch.Add(new IngestItem { PacketId = 1001, Rejected = rejected });
        batch.Seal();

        Assert.Equal(3 * 20 * 2, batch.Readings.Count);
        Assert.Equal(1000 - 120, batch.Duplicates);
        Assert.Equal(1001, batch.Count);
        Assert.Equal(Enumerable.Range(1, 1001), batch.Items.Select(item => (int)item.PacketId));
        Assert.Equal(batch.Readings.Select(r => (r.SpaceKey, r.At, r.Digest)).Order(), batch.Readings.Select(r => (r.SpaceKey, r.At, r.Digest)));
        Assert.Equal(RejectedMessage.MaxKept, Assert.Single(batch.Rejected).Payload.Length);

        batch.Clear();
        batch.Seal();
        Assert.Equal((0, 0, 0), (batch.Count, batch.Readings.Count, batch.Duplicates));
    }

    [Fact]
    public void Reported_states_are_in_key_order_and_those_of_one_space_in_receive_order()
    {
        var batch = new Batch();
        var now = new DateTimeOffset(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

        for (var second = 0; second < 40; second++)
        {
            batch.Add(new IngestItem { Reported = new ReportedState(Rooms.Plain() with { Key = 4 - (second % 4) }, now.AddSeconds(-second), 10, 1000, "1") });
        }

        batch.Seal();
        Assert.Equal(batch.Reported.Select(reported => (reported.Space.Key, now - reported.At)).Order(), batch.Reported.Select(reported => (reported.Space.Key, now - reported.At)));
        Assert.Equal(40, batch.Reported.Count);
    }

    private static IngestItem Item(ushort packetId, int space, long at, int value)
    {
        var reading = new Reading { SpaceKey = space, At = at };
        reading.Set(Metric.Occupancy, value);
        reading.Seal();
        return new IngestItem { PacketId = packetId, Reading = reading };
    }
}
