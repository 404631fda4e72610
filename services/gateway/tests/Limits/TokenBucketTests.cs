using Coworking.Gateway.Limits;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Limits;

public sealed class TokenBucketTests
{
    [Theory]
    [InlineData(100, 16)]
    [InlineData(600, 100)]
    [InlineData(6000, 1000)]
    [InlineData(7, 2)]
    [InlineData(100_000_000, 1_000_000)]
    public void What_it_gives_is_the_burst_and_the_rate_times_the_time(int perMinute, int burst)
    {
        var clock = new StillClock();
        var bucket = new TokenBucket(new Rate(perMinute, burst), clock);
        var taken = TakeAll(bucket, clock);
        Assert.Equal(burst, taken);
        var random = new Random(perMinute);
        var span = TimeSpan.Zero;
        // No step longer than the bucket is deep, or what it cannot hold is lost, as it should be.
        var step = Math.Min(5000, Math.Max(1, (int)(60_000L * burst / perMinute) - 1));

        for (var i = 0; i < 50; i++)
        {
            var time = TimeSpan.FromMilliseconds(random.Next(1, step + 1));
            clock.Advance(time);
            span += time;
            taken += TakeAll(bucket, clock);
        }

        var expected = burst + (perMinute * span.TotalMinutes);
        Assert.InRange(taken, (0.98 * expected) - 1, (1.02 * expected) + 1);
    }

    [Fact]
    public void It_gives_exactly_as_much_to_many_at_once_as_to_one()
    {
        var clock = TimeProvider.System;
        var bucket = new TokenBucket(new Rate(600_000, 100_000), clock);
        var start = clock.GetTimestamp();

        // Empty at first, and with room for more than comes meanwhile: however seldom the threads run, nothing is lost.
        while (bucket.TryTake(start))
        {
        }

        var (last, taken) = (long.MinValue, 0L);
        var gate = new Lock();

        Parallel.For(0, 8, _ =>
        {
            var (mine, until) = (0L, long.MinValue);

            while (clock.GetElapsedTime(start) < TimeSpan.FromMilliseconds(400))
            {
                var now = clock.GetTimestamp();
                until = Math.Max(until, now);
                mine += bucket.TryTake(now) ? 1 : 0;
            }

            lock (gate)
            {
                (last, taken) = (Math.Max(last, until), taken + mine);
            }
        });

        // What is left at the last moment is counted too.
        while (bucket.TryTake(last))
        {
            taken++;
        }

        var expected = clock.GetElapsedTime(start, last).TotalSeconds * 10_000;
        Assert.InRange(taken, 0.98 * expected, 1.02 * expected);
    }

    [Fact]
    public void It_says_when_to_come_back_and_what_is_left()
    {
        var clock = new StillClock();
        var bucket = new TokenBucket(new Rate(60, 10), clock);
        long Now() => clock.GetTimestamp();

        for (var left = 9; left >= 0; left--)
        {
            Assert.True(bucket.TryTake(Now()));
            Assert.Equal((left, 10 - left, left < 5), (bucket.Remaining(Now()), (int)bucket.Reset(Now()), bucket.IsRunningLow(Now())));
        }

        Assert.True(bucket.IsEmpty(Now()));
        Assert.False(bucket.TryTake(Now()));
        Assert.Equal(1, bucket.RetryAfter(Now()));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(bucket.IsEmpty(Now()));
        Assert.True(bucket.TryTake(Now()));
        Assert.False(bucket.TryTake(Now()));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal((10, 0), (bucket.Remaining(Now()), (int)bucket.Reset(Now())));
    }

    [Fact]
    public void Another_rate_holds_from_then_on()
    {
        var clock = new StillClock();
        var bucket = new TokenBucket(new Rate(6, 1), clock);
        Assert.True(bucket.TryTake(clock.GetTimestamp()));
        Assert.Equal(10, bucket.RetryAfter(clock.GetTimestamp()));

        bucket.Become(new Rate(6000, 100), clock.GetTimestamp());

        // One is missing, as before, and the new rate brings it.
        Assert.Equal(99, TakeAll(bucket, clock));
        clock.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, TakeAll(bucket, clock));
        bucket.Become(new Rate(6, 1), clock.GetTimestamp());
        Assert.False(bucket.TryTake(clock.GetTimestamp()));
        bucket.Become(new Rate(6000, 100), clock.GetTimestamp());
        Assert.Equal(0, TakeAll(bucket, clock));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(100, TakeAll(bucket, clock));
    }

    private static int TakeAll(TokenBucket bucket, StillClock clock)
    {
        var taken = 0;

        while (bucket.TryTake(clock.GetTimestamp()))
        {
            taken++;
        }

        return taken;
    }
}
