using Coworking.IotIngest.Database;
using Coworking.IotIngest.Occupancy;

namespace Coworking.IotIngest.Tests.Occupancy;

public sealed class OccupancyClockTests
{
    private const long Second = Micros.PerSecond;
    private const long MaxGap = 120 * Second;

    private readonly OccupancyClock _clock = new();

    [Theory]
    [InlineData(0, OccupancyState.Vacant)]
    [InlineData(1, OccupancyState.Occupied)]
    [InlineData(10_000, OccupancyState.Occupied)]
    internal void Two_minutes_and_three_samples_say_it_with_the_first_sample_as_since(int people, OccupancyState state)
    {
        Assert.Null(Judge(0, people));
        Assert.Null(Judge(60, people));
        Assert.Equal(new OccupancyChange(state, 0, people, 3), Judge(120, people));
        Assert.Null(Judge(130, people));
        Assert.Equal(state, _clock.State);
    }

    [Fact]
    public void A_moment_less_than_two_minutes_is_not_enough()
    {
        Judge(0, 1);
        Judge(60, 1);
        Assert.Null(_clock.Judge((120 * Second) - 1, 1, isPresent: true, MaxGap));
        Assert.Equal(4, Judge(120, 1)!.Value.SampleCount);
    }

    [Fact]
    public void Two_samples_are_not_enough_however_far_apart()
    {
        Judge(0, 1);
        Assert.Null(Judge(120, 1));
        Assert.Equal(3, Judge(121, 1)!.Value.SampleCount);
    }

    [Fact]
    public void A_gap_of_exactly_the_limit_continues_a_dwell_and_a_moment_more_restarts_it()
    {
        Judge(0, 0);
        Judge(120, 0);
        Assert.Equal(0, Judge(240, 0)!.Value.Since);

        var other = new OccupancyClock();
        other.Judge(0, 0, isPresent: true, MaxGap);
        other.Judge(60 * Second, 0, isPresent: true, MaxGap);
        var late = (180 * Second) + 1;
        Assert.Null(other.Judge(late, 0, isPresent: true, MaxGap));
        Assert.Null(other.Judge(late + (119 * Second), 0, isPresent: true, MaxGap));
        Assert.Equal(new OccupancyChange(OccupancyState.Vacant, late, 0, 3), other.Judge(late + (120 * Second), 0, isPresent: true, MaxGap));
    }

    [Fact]
    public void After_a_gap_nothing_is_known_and_that_is_said_once()
    {
        Say(0);
        Assert.Equal(OccupancyState.Unknown, Judge(241, 0)!.Value.State);
        Assert.Null(Judge(400, 0));
        Assert.Null(Judge(600, 0));
        Assert.Null(Judge(720, 0));
        Assert.Equal(new OccupancyChange(OccupancyState.Vacant, 600 * Second, 0, 3), Judge(721, 0));
    }

    [Fact]
    public void A_longer_interval_allows_longer_gaps()
    {
        foreach (var (second, isLast) in ((int, bool)[])[(0, false), (900, false), (1800, true)])
        {
            Assert.Equal(isLast, _clock.Judge(second * Second, 3, isPresent: true, 900 * Second) is not null);
        }
    }

    [Fact]
    public void One_sample_to_the_contrary_breaks_a_dwell_and_changes_nothing_that_was_said()
    {
        Say(2);
        Judge(130, 0);
        Judge(190, 0);
        Judge(249, 0);
        Assert.Null(Judge(250, 1));
        Assert.Null(Judge(260, 0));
        Assert.Null(Judge(320, 0));
        Assert.Null(Judge(379, 0));
        Assert.Equal(new OccupancyChange(OccupancyState.Vacant, 260 * Second, 0, 4), Judge(380, 0));
    }

    [Fact]
    public void How_many_people_there_are_changes_nothing()
    {
        Say(2);
        Assert.Null(Judge(130, 9));
        Assert.Null(Judge(140, 1));
        Assert.Equal(default, _clock.Dwelling);
    }

    [Fact]
    public void What_comes_late_says_nothing_and_is_the_past_of_what_comes_in_time()
    {
        for (var second = 0; second <= 3600; second += 60)
        {
            Assert.Null(_clock.Judge(second * Second, 0, isPresent: false, MaxGap));
        }

        Assert.Equal(new OccupancyChange(OccupancyState.Vacant, 0, 0, 62), Judge(3660, 0));
    }

    private void Say(int people)
    {
        Judge(0, people);
        Judge(60, people);
        Assert.NotNull(Judge(120, people));
    }

    private OccupancyChange? Judge(int second, int people) => _clock.Judge(second * Second, people, isPresent: true, MaxGap);
}
