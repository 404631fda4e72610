using Coworking.IotIngest.Partitions;

namespace Coworking.IotIngest.Tests.Partitions;

public sealed class PartitionTests
{
    // Messages wait in the session of their partition: a build that computes another one would leave them there.
    [Theory]
    [InlineData("cfaa672e-cf6e-4192-8736-254ca954928c", 16, 12)]
    [InlineData("3f1c44fe-d226-4c7a-9192-15c547011bda", 16, 10)]
    [InlineData("3f1c44fe-d226-4c7a-9192-15c547011bda", 7, 0)]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff", 16, 15)]
    [InlineData("00000000-0000-0000-0000-000000000000", 16, 0)]
    public void A_location_has_the_same_partition_for_ever(string location, int partitions, int expected) =>
        Assert.Equal(expected, Partition.Of(new Guid(location), partitions));

    [Fact]
    public void Locations_made_in_one_moment_spread_over_all_partitions()
    {
        var counts = new int[16];
        var now = new DateTimeOffset(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

        for (var i = 0; i < 1600; i++)
        {
            counts[Partition.Of(Guid.CreateVersion7(now), 16)]++;
        }

        // Ten standard deviations: this never fails by chance.
        Assert.All(counts, count => Assert.InRange(count, 10, 200));
    }

    [Fact]
    public void Names_tell_the_partition()
    {
        Assert.Equal("partition/03", Partition.LeaseName(3));
        Assert.Equal("iot-ingest-3", Partition.ClientId(3));
    }
}

public sealed class FairShareTests
{
    [Fact]
    public void The_shares_of_all_replicas_sum_to_the_partitions_and_differ_by_one_at_most()
    {
        for (var replicas = 1; replicas <= 20; replicas++)
        {
            var alive = Enumerable.Range(0, replicas).Select(i => $"host/{(i * 37) % replicas}").ToArray();

            for (var partitions = 1; partitions <= 40; partitions++)
            {
                var shares = alive.Select(self => FairShare.Of(alive, self, partitions)).ToArray();
                Assert.Equal(partitions, shares.Sum());
                Assert.InRange(shares.Max() - shares.Min(), 0, 1);
            }
        }
    }

    [Fact]
    public void A_newcomer_counts_itself_and_order_does_not_matter()
    {
        Assert.Equal(16, FairShare.Of([], "a", 16));
        Assert.Equal(8, FairShare.Of(["b"], "a", 16));
        Assert.Equal(6, FairShare.Of(["c", "b"], "a", 16));
        Assert.Equal(6, FairShare.Of(["a", "b", "c"], "a", 16));
        Assert.Equal(5, FairShare.Of(["c", "a", "b"], "c", 16));
    }
}
