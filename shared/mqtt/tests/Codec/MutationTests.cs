namespace Coworking.Mqtt.Tests.Codec;

/// <summary>The decoder and bytes that no broker means (reliability.md S5; a million of them: ./dev faults S5).</summary>
public sealed class MutationTests
{
    private const int Mutations = 100_000;
    private const int Seed = 20_261_120;

    [Fact]
    public void Mutated_packets_give_a_protocol_error_or_a_packet_with_bounded_memory()
    {
        var random = new Random(Seed);
        var (refused, read) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Mutations; i++)
        {
            var bytes = Mutation.Of(random, Packets.Samples[random.Next(Packets.Samples.Length)]);

            try
            {
                read += Packets.Read([bytes], maximumPacketSize: 4096).Count;
            }
            catch (MqttProtocolException e)
            {
                Assert.True(e.ReasonCode >= MqttReasonCode.UnspecifiedError);
                refused++;
            }
        }

        // A length taken from the wire and believed would show as megabytes for one packet.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Mutations, 0, 16 * 1024);
        Assert.True(refused > Mutations / 10, $"Only {refused} refused: the mutations do not bite.");
        Assert.True(read > Mutations / 10, $"Only {read} read: the mutations break everything.");
    }
}
