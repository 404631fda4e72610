using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class VerdictTests
{
    private static readonly OfficeHours Hours = new("09:00", "18:00", "America/Mexico_City", [1, 2, 3, 4, 5]);

    private static readonly ClimateLimits Cold = new(2, 8, 90);

    // A Tuesday; 09:00 in Mexico City is 15:00 UTC.
    private static readonly DateTimeOffset Nine = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1_000_000, 1000, Finding.Clear)]
    [InlineData(1_000_001, 1000, Finding.Breach)]
    [InlineData(1_101_000, 1000, Finding.Breach)]
    [InlineData(1_101_000, 1101, Finding.Clear)]
    [InlineData(0, 100, Finding.Clear)]
    public void Air_is_bad_above_the_desired_threshold(int kept, int threshold, object finding) =>
        Assert.Equal((Finding)finding, Of(AlertKind.Co2, Sample(Nine, Metric.Co2Ppm, kept), Rooms.Plain(threshold: threshold)).Finding);

    [Theory]
    [InlineData(8, Finding.Clear)]
    [InlineData(9, Finding.Breach)]
    public void A_room_is_overfull_above_its_capacity(int people, object finding) =>
        Assert.Equal((Finding)finding, Of(AlertKind.OccupancyMax, Sample(Nine, Metric.Occupancy, people), Rooms.Plain(capacity: 8)).Finding);

    public static TheoryData<string, int, int, string> Limits => new()
    {
        // kind, metric, kept, finding
        { "HIGH_TEMP", Metric.TempC, 7_999, "Clear" },
        { "HIGH_TEMP", Metric.TempC, 8_000, "Clear" },
        { "HIGH_TEMP", Metric.TempC, 8_001, "Breach" },
        { "LOW_TEMP", Metric.TempC, 2_001, "Clear" },
        { "LOW_TEMP", Metric.TempC, 2_000, "Clear" },
        { "LOW_TEMP", Metric.TempC, 1_999, "Breach" },
        { "LOW_BATTERY", Metric.BatteryPct, 19_999, "Breach" },
        { "LOW_BATTERY", Metric.BatteryPct, 20_000, "Between" },
        { "LOW_BATTERY", Metric.BatteryPct, 24_999, "Between" },
        { "LOW_BATTERY", Metric.BatteryPct, 25_000, "Clear" },
        { "LOW_BATTERY", Metric.BatteryPct, 0, "Breach" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_value_equal_to_a_limit_is_normal_and_a_battery_is_charged_five_above_it(string kind, int metric, int kept, string finding) =>
        Assert.Equal(Enum.Parse<Finding>(finding), Of(AlertKind.Of(kind), Sample(Nine, metric, kept), Rooms.Plain(climate: Cold)).Finding);

    [Theory]
    [InlineData("CO2", Metric.Co2Ppm, 1_200_000, 1_200_001)]
    [InlineData("HIGH_TEMP", Metric.TempC, 1_200_000, 1_200_001)]
    [InlineData("LOW_TEMP", Metric.TempC, 1_200_000, 1_199_999)]
    [InlineData("LOW_BATTERY", Metric.BatteryPct, 1_205_000, 1_199_999)]
    public void The_threshold_of_a_rule_goes_before_that_of_twin_and_climate(string kind, int metric, int clear, int breach)
    {
        var space = Rooms.Plain(climate: Cold, rules: new() { [kind] = new AlertRuleChange(Threshold: 1200) });
        Assert.Equal(Finding.Clear, Of(AlertKind.Of(kind), Sample(Nine, metric, clear), space).Finding);
        Assert.Equal(Finding.Breach, Of(AlertKind.Of(kind), Sample(Nine, metric, breach), space).Finding);
    }

    [Fact]
    public void Power_and_door_speak_for_themselves()
    {
        Assert.Equal(
            [Finding.Silent, Finding.Clear, Finding.Breach],
            new bool?[] { null, true, false }.Select(power => Of(AlertKind.PowerLoss, new Reading { PowerOk = power, DoorOpen = true }, Rooms.Plain()).Finding));
        Assert.Equal(
            [Finding.Silent, Finding.Breach, Finding.Clear],
            new bool?[] { null, true, false }.Select(door => Of(AlertKind.DoorOpen, new Reading { PowerOk = false, DoorOpen = door }, Rooms.Plain()).Finding));
    }

    [Fact]
    public void A_rule_that_is_disabled_or_lacks_its_limit_is_off()
    {
        var hot = Sample(Nine, Metric.TempC, 100_000);
        Assert.Equal(Finding.Off, Of(AlertKind.HighTemp, hot, Rooms.Plain()).Finding);
        Assert.Equal(Finding.Off, Of(AlertKind.LowTemp, hot, Rooms.Plain(climate: new ClimateLimits(null, 8, null))).Finding);
        Assert.Equal(Finding.Breach, Of(AlertKind.HighTemp, hot, Rooms.Plain(climate: new ClimateLimits(null, 8, null))).Finding);
        Assert.All(
            AlertKind.OfSamples,
            kind => Assert.Equal(Finding.Off, Of(kind, hot, Rooms.Plain(climate: Cold, rules: new() { [kind.Name] = new AlertRuleChange(Enabled: false) })).Finding));
    }

    [Fact]
    public void A_sample_without_the_metric_says_nothing()
    {
        var sample = Sample(Nine, Metric.HumidityPct, 20_000);
        Assert.All(AlertKind.OfSamples, kind => Assert.Equal(Finding.Silent, Of(kind, sample, Rooms.Plain(climate: Cold)).Finding));
    }

    public static TheoryData<int, bool, bool, bool, string?> Presence => new()
    {
        // minutes after nine, hours rule, bookable, booked, reason of the breach
        { -1, true, true, false, Verdict.OutOfHours },
        { -1, true, false, false, Verdict.OutOfHours },
        { -1, true, true, true, Verdict.OutOfHours },
        { 0, true, true, false, Verdict.NoBooking },
        { 0, true, true, true, null },
        { 0, true, false, false, null },
        { 539, true, true, false, Verdict.NoBooking },
        { 540, true, true, false, Verdict.OutOfHours },
        { -1, false, true, false, Verdict.NoBooking },
        { -1, false, false, false, null },
        { -1, false, true, true, null },
        { 4 * 1440, true, false, false, Verdict.OutOfHours },
        { 6 * 1440, true, false, false, null },
    };

    [Theory]
    [MemberData(nameof(Presence))]
    public void Somebody_is_unexpected_out_of_hours_or_without_a_booking(int minute, bool hasHours, bool isBookable, bool isBooked, string? reason)
    {
        var at = Nine.AddMinutes(minute);
        var space = Rooms.Plain(bookable: isBookable, hours: hasHours ? Hours : null, schedule: isBooked ? [(Micros.Of(at), Micros.Of(at) + 1)] : []);
        var verdict = Of(AlertKind.OccupancyUnexpected, Sample(at, Metric.Occupancy, 1), space);
        Assert.Equal((reason is null ? Finding.Clear : Finding.Breach, reason), (verdict.Finding, verdict.Reason));
        Assert.Equal(Finding.Clear, Of(AlertKind.OccupancyUnexpected, Sample(at, Metric.Occupancy, 0), space).Finding);
    }

    [Fact]
    public void A_booking_holds_the_space_from_its_buffer_before_to_its_buffer_after()
    {
        var from = Micros.Of(Nine);
        var until = Micros.Of(Nine.AddHours(1));
        // A later one that is long, an earlier one that is over, and one that overlaps by its buffer.
        var space = Rooms.Plain(schedule: [(from - 100, from - 50), (from, until), (until - 10, until + 10), (until + 100, until + 200)]);
        Assert.False(space.IsBookedAt(from - 1));
        Assert.True(space.IsBookedAt(from));
        Assert.True(space.IsBookedAt(until - 1));
        Assert.True(space.IsBookedAt(until + 9));
        Assert.False(space.IsBookedAt(until + 10));
        Assert.True(space.IsBookedAt(until + 100));
        Assert.False(space.IsBookedAt(until + 200));
    }

    [Theory]
    [InlineData(Verdict.OutOfHours, true, false, "hours_began")]
    [InlineData(Verdict.OutOfHours, true, true, "hours_began")]
    [InlineData(Verdict.OutOfHours, false, true, null)]
    [InlineData(Verdict.NoBooking, true, true, "booking_started")]
    [InlineData(Verdict.NoBooking, false, true, "booking_started")]
    [InlineData(Verdict.NoBooking, true, false, null)]
    [InlineData(null, true, true, null)]
    public void What_ends_an_open_alert_at_once_depends_on_its_reason(string? reason, bool inHours, bool booked, string? because) =>
        Assert.Equal(because, new Verdict(Finding.Breach, Verdict.NoBooking, inHours, booked).EndsAlertOf(reason));

    [Fact]
    public void The_meta_of_each_kind_has_the_members_that_clients_display()
    {
        Assert.Equal("""{"value":1101.5,"threshold":1000,"unit":"ppm"}""", AlertMeta.Of(AlertKind.Co2, Sample(Nine, Metric.Co2Ppm, 1_101_500), Rooms.Plain(), null));
        Assert.Equal("""{"value":8.25,"threshold":8,"unit":"°C"}""", AlertMeta.Of(AlertKind.HighTemp, Sample(Nine, Metric.TempC, 8_250), Rooms.Plain(climate: Cold), null));
        Assert.Equal("""{"value":-1,"threshold":2,"unit":"°C"}""", AlertMeta.Of(AlertKind.LowTemp, Sample(Nine, Metric.TempC, -1_000), Rooms.Plain(climate: Cold), null));
        Assert.Equal("""{"value":12,"threshold":20,"unit":"%"}""", AlertMeta.Of(AlertKind.LowBattery, Sample(Nine, Metric.BatteryPct, 12_000), Rooms.Plain(), null));
        Assert.Equal("""{"powerOk":false}""", AlertMeta.Of(AlertKind.PowerLoss, new Reading { PowerOk = false }, Rooms.Plain(), null));
        Assert.Equal("""{"doorOpen":true,"allowedSec":90}""", AlertMeta.Of(AlertKind.DoorOpen, new Reading { DoorOpen = true }, Rooms.Plain(climate: Cold), null));
        var crowd = Sample(Nine, Metric.Occupancy, 9);
        Assert.Equal("""{"occupancy":9,"capacity":8}""", AlertMeta.Of(AlertKind.OccupancyMax, crowd, Rooms.Plain(), null));
        Assert.Equal("""{"occupancy":9,"reason":"no_booking"}""", AlertMeta.Of(AlertKind.OccupancyUnexpected, crowd, Rooms.Plain(), Verdict.NoBooking));
    }

    private static Verdict Of(AlertKind kind, Reading reading, Space space) => Verdict.Of(space.Rules[kind], reading, space);

    private static Reading Sample(DateTimeOffset at, int metric, int value)
    {
        var reading = new Reading { SpaceKey = 1, At = Micros.Of(at) };
        reading.Set(metric, value);
        return reading;
    }
}
