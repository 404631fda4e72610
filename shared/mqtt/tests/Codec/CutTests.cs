namespace Coworking.Mqtt.Tests.Codec;

public sealed class CutTests
{
    private static readonly byte[] Stream = [.. Packets.Samples.SelectMany(sample => sample)];

    [Fact]
    public void Every_kind_of_packet_is_among_the_samples_and_is_read()
    {
        var read = Packets.Read([Stream]);

        Assert.Equal(Packets.Samples.Length, read.Count);
        Assert.Equal(
            [2, 3, 4, 5, 6, 7, 9, 11, 13, 14],
            Packets.Samples.Select(sample => sample[0] >> 4).Distinct().Order());
        Assert.Contains(read, text => text.StartsWith("PUBLISH sites/ä/offices/b/desired 65535 ExactlyOnce True False 00-1", StringComparison.Ordinal));
        Assert.Contains(read, text => text.Contains("ReceiveMaximum = 20, MaximumQoS = AtLeastOnce, MaximumPacketSize = 65536", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stream_cut_in_two_at_any_byte_reads_the_same()
    {
        var whole = Packets.Read([Stream]);

        for (var cut = 0; cut <= Stream.Length; cut++)
        {
            Assert.Equal(whole, Packets.Read([Stream[..cut], Stream[cut..]]));
        }
    }

    [Fact]
    public void A_stream_that_comes_byte_by_byte_reads_the_same() =>
        Assert.Equal(Packets.Read([Stream]), Packets.Read(Stream.Select(one => new[] { one })));

    [Fact]
    public void A_packet_that_ends_early_is_waited_for_and_not_guessed()
    {
        foreach (var sample in Packets.Samples)
        {
            for (var length = 1; length < sample.Length; length++)
            {
                Assert.Equal([$"{length} bytes of a packet"], Packets.Read([sample[..length]]));
            }
        }
    }

    [Fact]
    public void A_body_cut_short_under_a_true_length_is_malformed_or_a_shorter_packet_and_never_read_beyond_its_end()
    {
        foreach (var sample in Packets.Samples.Where(sample => sample.Length is > 2 and < 128))
        {
            for (var length = 0; length < sample.Length - 2; length++)
            {
                byte[] cut = BrokerPackets.Packet(sample[0], sample[2..(2 + length)]);

                try
                {
                    Assert.Single(Packets.Read([cut, [0xD0, 0]]), text => text != "PINGRESP");
                }
                catch (MqttProtocolException e)
                {
                    Assert.Contains(e.ReasonCode, (MqttReasonCode[])[MqttReasonCode.MalformedPacket, MqttReasonCode.ProtocolError]);
                }
            }
        }
    }
}
