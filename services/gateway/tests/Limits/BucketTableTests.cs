using System.Net;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Limits;

public sealed class BucketTableTests
{
    private static readonly Rate Rate = new(60, 10);

    private readonly StillClock _clock = new();

    [Fact]
    public void A_million_addresses_take_no_more_room_than_the_table_has()
    {
        var table = new BucketTable(Rate, 4096, _clock);
        var random = new Random(1);

        for (var i = 0; i < 1_000_000; i++)
        {
            table.Of(new BucketKey((ulong)random.NextInt64(), 6)).TryTake(_clock.GetTimestamp());
        }

        Assert.Equal(4096, table.Count);
    }

    [Fact]
    public void Whoever_comes_again_meets_his_own_bucket_however_many_come_at_once()
    {
        var table = new BucketTable(Rate, 4096, _clock);
        var taken = 0;

        Parallel.For(0, 1000, _ => Interlocked.Add(ref taken, table.Of(new BucketKey(7, 4)).TryTake(_clock.GetTimestamp()) ? 1 : 0));

        Assert.Equal((Rate.Burst, 1), (taken, table.Count));
        Assert.NotSame(table.Of(new BucketKey(7, 4)), table.Of(new BucketKey(8, 4)));
    }

    [Fact]
    public void A_spent_bucket_is_not_driven_out_by_fresh_ones_nor_reset_by_spent_ones()
    {
        // One set: everybody meets everybody.
        var table = new BucketTable(Rate, BucketTable.Ways, _clock);
        var mine = new BucketKey(1, 6);
        Assert.Equal(Rate.Burst, Spend(table, mine));

        // Addresses that come once each drive each other out.
        for (var i = 0UL; i < 10_000; i++)
        {
            table.Of(new BucketKey(1000 + i, 6));
        }

        Assert.Equal(0, Spend(table, mine));

        // Addresses that spend all they have fill the table; who drives out whom then, nobody gets more than time brings.
        var all = Enumerable.Range(0, 100).Select(i => new BucketKey(100 + (ulong)i, 6)).Prepend(mine).ToList();
        all.ForEach(key => Spend(table, key));
        Assert.Equal(0, all.Sum(key => Spend(table, key)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(all.Sum(key => Spend(table, key)), 1, 2 * BucketTable.Ways);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Rate.Burst, Spend(table, mine));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.1", "::1:0:0:0:0", false)]
    public void An_address_is_one_of_IPv4_or_a_64_of_IPv6(string one, string other, bool same) =>
        Assert.Equal(same, ClientAddress.KeyOf(IPAddress.Parse(one)) == ClientAddress.KeyOf(IPAddress.Parse(other)));

    private int Spend(BucketTable table, BucketKey key)
    {
        var taken = 0;

        while (table.Of(key).TryTake(_clock.GetTimestamp()))
        {
            taken++;
        }

        return taken;
    }
}
