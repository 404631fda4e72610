namespace Coworking.IotIngest.Tests;

public sealed class LastMinuteTests
{
    [Fact]
    public void What_is_older_than_a_minute_is_forgotten_second_by_second()
    {
        var clock = new StoppedClock();
        var minute = new LastMinute(clock);
        Assert.Equal((0, 0), minute.Sum());
        minute.Add(5, 1);
        minute.Add(2, 0);
        clock.Seconds += 30;
        minute.Add(10, 3);
        Assert.Equal((17, 4), minute.Sum());
        clock.Seconds += 29;
        Assert.Equal((17, 4), minute.Sum());
        clock.Seconds += 1;
        Assert.Equal((10, 3), minute.Sum());
        clock.Seconds += 300;
        Assert.Equal((0, 0), minute.Sum());
        minute.Add(1, 1);
        Assert.Equal((1, 1), minute.Sum());
    }

    private sealed class StoppedClock : TimeProvider
    {
        internal long Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Seconds * 1000;
    }
}
