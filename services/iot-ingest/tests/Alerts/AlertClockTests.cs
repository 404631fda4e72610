using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Tests.Alerts;

/// <summary>Times are seconds from the first sample.</summary>
public sealed class AlertClockTests
{
    private static readonly Verdict Breach = new(Finding.Breach);
    private static readonly Verdict Clear = new(Finding.Clear);

    private static readonly AlertRules Rules = Running.Rooms.Plain().Rules;

    private readonly AlertClock _co2 = new(AlertKind.Co2);
    private readonly AlertClock _unexpected = new(AlertKind.OccupancyUnexpected);

    public static TheoryData<string, int, int> Kinds => new()
    {
        { "CO2", 300, 120 }, { "OCCUPANCY_MAX", 120, 60 }, { "OCCUPANCY_UNEXPECTED", 600, 300 }, { "DOOR_OPEN", 300, 0 },
        { "HIGH_TEMP", 0, 0 }, { "LOW_TEMP", 0, 0 }, { "POWER_LOSS", 0, 0 }, { "LOW_BATTERY", 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_breach_opens_when_it_has_lasted_and_its_absence_resolves_when_that_has_lasted(string name, int openAfter, int resolveAfter)
    {
        var clock = new AlertClock(AlertKind.Of(name));
        var opened = Feed(clock, Every(10, 0, openAfter, Breach));
        Assert.Equal((TransitionKind.Opened, (long)openAfter, null), Assert.Single(opened));
        Assert.Equal(Micros.PerSecond * 0, clock.BreachedSince);
        Assert.All(Feed(clock, Every(10, openAfter + 10, openAfter + 100, Breach)), transition => Assert.Equal(TransitionKind.Triggered, transition.Kind));

        var clear = openAfter + 110;
        Assert.Empty(Feed(clock, Every(10, clear, clear + resolveAfter - 10, Clear)));
        Assert.True(clock.IsOpen);
        Assert.Equal((TransitionKind.Resolved, (long)clear + resolveAfter, "back_to_normal"), Assert.Single(Feed(clock, [(clear + resolveAfter, Clear)])));
        Assert.True(clock.IsIdle);
    }

    [Fact]
    public void Thirty_samples_do_not_open_and_the_thirty_first_does()
    {
        Assert.Empty(Feed(_co2, Every(10, 0, 290, Breach)));
        Assert.Equal([(TransitionKind.Opened, 300L, null)], Feed(_co2, [(300, Breach)]));
    }

    [Fact]
    public void Twelve_clear_samples_do_not_resolve_and_the_thirteenth_does()
    {
        Feed(_co2, Every(10, 0, 300, Breach));
        Assert.Empty(Feed(_co2, Every(10, 310, 420, Clear)));
        Assert.Equal([(TransitionKind.Resolved, 430L, "back_to_normal")], Feed(_co2, [(430, Clear)]));
    }

    [Fact]
    public void An_alert_counts_from_when_it_was_due_not_from_the_sample_that_showed_it()
    {
        Feed(_co2, Every(70, 0, 280, Breach));
        Assert.Equal([(TransitionKind.Opened, 300L, null)], Feed(_co2, [(350, Breach)]));
        Feed(_co2, Every(70, 420, 490, Clear));
        Assert.Equal([(TransitionKind.Resolved, 540L, "back_to_normal")], Feed(_co2, [(560, Clear)]));
    }

    [Fact]
    public void One_sample_without_a_breach_starts_the_clock_anew()
    {
        Feed(_co2, Every(10, 0, 290, Breach));
        Assert.Empty(Feed(_co2, [(300, Clear), .. Every(10, 310, 600, Breach)]));
        Assert.Equal([(TransitionKind.Opened, 610L, null)], Feed(_co2, [(610, Breach)]));
    }

    [Fact]
    public void One_breach_starts_the_resolving_anew()
    {
        Feed(_co2, Every(10, 0, 300, Breach));
        Feed(_co2, Every(10, 310, 420, Clear));
        Assert.Equal([(TransitionKind.Triggered, 425L, null)], Feed(_co2, [(425, Breach)]));
        Assert.Empty(Feed(_co2, Every(10, 430, 540, Clear)));
        Assert.Equal([(TransitionKind.Resolved, 550L, "back_to_normal")], Feed(_co2, [(550, Clear)]));
    }

    [Theory]
    [InlineData(10, 120)]
    [InlineData(60, 180)]
    [InlineData(3600, 10_800)]
    public void A_gap_is_longer_than_two_minutes_and_three_intervals(int samplingInterval, int maxGap) =>
        Assert.Equal(maxGap * Micros.PerSecond, Running.Rooms.Plain(sampling: samplingInterval).MaxGap);

    [Fact]
    public void A_gap_does_not_continue_a_breach()
    {
        Feed(_co2, Every(10, 0, 290, Breach));
        Assert.Empty(Feed(_co2, [(411, Breach)]));
        Assert.Equal(411 * Micros.PerSecond, _co2.BreachedSince);
        Assert.Equal([(TransitionKind.Opened, 711L, null)], Feed(_co2, Every(60, 411 + 60, 711, Breach)));
    }

    [Fact]
    public void A_pause_of_just_the_allowed_length_is_no_gap()
    {
        Feed(_co2, Every(10, 0, 190, Breach));
        Assert.Equal([(TransitionKind.Opened, 300L, null)], Feed(_co2, [(310, Breach)]));
    }

    [Fact]
    public void A_gap_does_not_resolve()
    {
        Feed(_co2, Every(10, 0, 300, Breach));
        Assert.Empty(Feed(_co2, [(310, Clear), (431, Clear)]));
        Assert.True(_co2.IsOpen);
        Assert.Equal([(TransitionKind.Resolved, 551L, "back_to_normal")], Feed(_co2, Every(10, 441, 551, Clear)));
    }

    [Fact]
    public void A_gap_ends_no_alert_that_is_open()
    {
        Feed(_co2, Every(10, 0, 300, Breach));
        Assert.Equal([(TransitionKind.Triggered, 90_000L, null)], Feed(_co2, [(90_000, Breach)]));
    }

    [Fact]
    public void Samples_that_say_nothing_of_the_metric_neither_clear_nor_bridge_a_gap()
    {
        Feed(_co2, Every(10, 0, 290, Breach));
        Feed(_co2, [(295, default(Verdict))]);
        Assert.Equal([(TransitionKind.Opened, 300L, null)], Feed(_co2, [(305, Breach)]));

        var other = new AlertClock(AlertKind.Co2);
        Feed(other, Every(10, 0, 200, Breach));
        Feed(other, Every(10, 210, 320, default));
        Assert.Empty(Feed(other, [(330, Breach)]));
        Assert.Equal(330 * Micros.PerSecond, other.BreachedSince);
    }

    [Fact]
    public void A_change_of_reason_starts_the_clock_anew()
    {
        Feed(_unexpected, Every(60, 0, 540, new(Finding.Breach, Verdict.OutOfHours)));
        Assert.Empty(Feed(_unexpected, [(570, new(Finding.Breach, Verdict.NoBooking, InHours: true))]));
        Assert.Equal(570 * Micros.PerSecond, _unexpected.BreachedSince);
        Assert.Equal([(TransitionKind.Opened, 1170L, null)], Feed(_unexpected, Every(60, 630, 1170, new(Finding.Breach, Verdict.NoBooking, InHours: true))));
        Assert.Equal(Verdict.NoBooking, _unexpected.Reason);
    }

    [Fact]
    public void Hours_that_begin_end_an_alert_out_of_hours_with_the_first_sample_in_them()
    {
        Feed(_unexpected, Every(60, 0, 600, new(Finding.Breach, Verdict.OutOfHours)));
        var transitions = Feed(_unexpected, [(660, new(Finding.Breach, Verdict.NoBooking, InHours: true))]);
        Assert.Equal([(TransitionKind.Resolved, 660L, "hours_began")], transitions);
        // The same sample is the first of a breach for the other reason.
        Assert.Equal((660 * Micros.PerSecond, Verdict.NoBooking, false), (_unexpected.BreachedSince, _unexpected.Reason, _unexpected.IsOpen));
        Assert.Equal([(TransitionKind.Opened, 1260L, null)], Feed(_unexpected, Every(60, 720, 1260, new(Finding.Breach, Verdict.NoBooking, InHours: true))));
    }

    [Fact]
    public void A_booking_that_starts_ends_an_alert_without_one()
    {
        Feed(_unexpected, Every(60, 0, 600, new(Finding.Breach, Verdict.NoBooking, InHours: true)));
        Assert.Equal([(TransitionKind.Resolved, 660L, "booking_started")], Feed(_unexpected, [(660, new(Finding.Clear, null, InHours: true, Booked: true))]));
        Assert.True(_unexpected.IsIdle);
    }

    [Fact]
    public void Closing_time_does_not_end_an_alert_without_a_booking()
    {
        Feed(_unexpected, Every(60, 0, 600, new(Finding.Breach, Verdict.NoBooking, InHours: true)));
        Assert.Equal([(TransitionKind.Triggered, 660L, null)], Feed(_unexpected, [(660, new(Finding.Breach, Verdict.OutOfHours))]));
        Assert.Equal(Verdict.NoBooking, _unexpected.Reason);
    }

    [Fact]
    public void The_last_microsecond_decides()
    {
        var rule = Rules[AlertKind.Co2];
        _co2.Judge(0, Breach, rule, maxGap: rule.OpenAfter);
        Assert.Equal(default, _co2.Judge(rule.OpenAfter - 1, Breach, rule, maxGap: rule.OpenAfter));
        Assert.Equal(new AlertTransition(TransitionKind.Opened, rule.OpenAfter), _co2.Judge(rule.OpenAfter, Breach, rule, maxGap: rule.OpenAfter));
        var clear = rule.OpenAfter + 1;
        _co2.Judge(clear, Clear, rule, maxGap: rule.OpenAfter);
        Assert.Equal(default, _co2.Judge(clear + rule.ResolveAfter - 1, Clear, rule, maxGap: rule.OpenAfter));
        Assert.Equal(TransitionKind.Resolved, _co2.Judge(clear + rule.ResolveAfter, Clear, rule, maxGap: rule.OpenAfter).Kind);
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(1, null)]
    public void A_gap_is_one_microsecond_longer_than_the_longest_pause(int more, int? opensAt)
    {
        var (rule, gap) = (Rules[AlertKind.Co2], 120 * Micros.PerSecond);
        Feed(_co2, Every(10, 0, 200, Breach));
        var transition = _co2.Judge((200 * Micros.PerSecond) + gap + more, Breach, rule, gap);
        Assert.Equal(opensAt * Micros.PerSecond, transition.Kind == TransitionKind.Opened ? transition.At : null);
    }

    [Fact]
    public void A_battery_between_low_and_charged_neither_ends_an_alert_nor_begins_one()
    {
        var (clock, between) = (new AlertClock(AlertKind.LowBattery), new Verdict(Finding.Between));
        Assert.Empty(Feed(clock, [(0, between)]));
        Assert.True(clock.IsIdle);
        Assert.Equal([(TransitionKind.Opened, 10L, null)], Feed(clock, [(10, Breach), (20, between), (30, between)]));
        Assert.Equal([(TransitionKind.Resolved, 40L, "back_to_normal")], Feed(clock, [(40, Clear)]));
    }

    [Fact]
    public void What_lies_between_starts_both_times_anew()
    {
        var (clock, between) = (new AlertClock(AlertKind.LowBattery), new Verdict(Finding.Between));
        var slow = Running.Rooms.Plain(rules: new() { ["LOW_BATTERY"] = new AlertRuleChange(OpenAfterSec: 60, ResolveAfterSec: 60) }).Rules[AlertKind.LowBattery];
        (int, Verdict)[] samples = [(0, Breach), (50, between), (60, Breach), (120, Breach), (130, Clear), (180, between), (190, Clear), (249, Clear), (250, Clear)];
        Assert.Equal([(TransitionKind.Opened, 120L, null), (TransitionKind.Resolved, 250L, "back_to_normal")], Feed(clock, samples, slow));
    }

    [Fact]
    public void A_rule_that_is_off_ends_what_it_opened_and_forgets_what_it_began()
    {
        var off = new Verdict(Finding.Off);
        Feed(_co2, Every(10, 0, 290, Breach));
        Assert.Empty(Feed(_co2, [(295, off)]));
        Assert.True(_co2.IsIdle);
        Assert.Equal([(TransitionKind.Opened, 600L, null), (TransitionKind.Resolved, 610L, "rule_disabled")], Feed(_co2, [.. Every(10, 300, 600, Breach), (610, off), (620, off)]));
        Assert.True(_co2.IsIdle);
    }

    [Fact]
    public void A_rule_that_changes_holds_from_the_next_sample_on()
    {
        var quick = Running.Rooms.Plain(rules: new() { ["CO2"] = new AlertRuleChange(OpenAfterSec: 60) }).Rules[AlertKind.Co2];
        Feed(_co2, Every(10, 0, 200, Breach));
        Assert.Equal(new AlertTransition(TransitionKind.Opened, 60 * Micros.PerSecond), _co2.Judge(210 * Micros.PerSecond, Breach, quick, 120 * Micros.PerSecond));
    }

    private static IEnumerable<(int, Verdict)> Every(int step, int from, int to, Verdict verdict)
    {
        for (var second = from; second <= to; second += step)
        {
            yield return (second, verdict);
        }
    }

    private static List<(TransitionKind Kind, long At, string? Because)> Feed(AlertClock clock, IEnumerable<(int Second, Verdict Verdict)> samples, AlertRule? rule = null) =>
    [
        .. samples
            .Select(sample => clock.Judge(sample.Second * Micros.PerSecond, sample.Verdict, rule ?? Rules[clock.Kind], maxGap: 120 * Micros.PerSecond))
            .Where(transition => transition.Kind != TransitionKind.None)
            .Select(transition => (transition.Kind, transition.At / Micros.PerSecond, transition.Because)),
    ];
}
