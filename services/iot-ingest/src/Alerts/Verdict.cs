using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Alerts;

/// <summary>What one sample says about one rule.</summary>
internal enum Finding
{
    /// <summary>The sample lacks the metric: it says nothing.</summary>
    Silent,
    Clear,
    Breach,

    /// <summary>No breach, and not far enough from one to end an alert.</summary>
    Between,

    /// <summary>The rule is disabled or lacks its limit: what it has opened is over.</summary>
    Off,
}

/// <summary>What one sample says about one rule.</summary>
/// <param name="Finding">Breach or not.</param>
/// <param name="Reason">Tells breaches of one kind apart; a change of it restarts the clock.</param>
/// <param name="InHours">At the sample's time the space was open: an out_of_hours alert is over.</param>
/// <param name="Booked">At the sample's time a booking held the space: a no_booking alert is over.</param>
internal readonly record struct Verdict(Finding Finding, string? Reason = null, bool InHours = false, bool Booked = false)
{
    public const string OutOfHours = "out_of_hours";
    public const string NoBooking = "no_booking";

    /// <summary>Beyond its threshold by so much a battery is charged enough (thousandths of a per cent): without the distance it would open and close all day.</summary>
    private const long Charged = 5000;

    /// <param name="rule">As it is in force.</param>
    /// <param name="reading">The sample.</param>
    /// <param name="space">Where it was taken.</param>
    /// <param name="isCalm">No clock runs there: what would end an alert need not be found out.</param>
    public static Verdict Of(AlertRule rule, in Reading reading, Space space, bool isCalm = false)
    {
        if (!rule.IsOn)
        {
            return new Verdict(Finding.Off);
        }

        var kind = rule.Kind;
        return kind == AlertKind.Co2 ? Above(reading, Metric.Co2Ppm, rule.Limit)
            : kind == AlertKind.OccupancyMax ? Above(reading, Metric.Occupancy, space.Capacity)
            : kind == AlertKind.OccupancyUnexpected ? Unexpected(reading, space, isCalm)
            : kind == AlertKind.HighTemp ? Above(reading, Metric.TempC, rule.Limit)
            : kind == AlertKind.LowTemp ? Below(reading, Metric.TempC, rule.Limit, distance: 0)
            : kind == AlertKind.LowBattery ? Below(reading, Metric.BatteryPct, rule.Limit, Charged)
            : kind == AlertKind.PowerLoss ? Flag(!reading.PowerOk)
            : Flag(reading.DoorOpen);
    }

    /// <summary>Why an open alert of this reason is over with this sample, though people may still be there; null where it is not.</summary>
    public string? EndsAlertOf(string? reason) => reason switch
    {
        OutOfHours when InHours => AlertResolution.HoursBegan,
        NoBooking when Booked => AlertResolution.BookingStarted,
        _ => null,
    };

    private static Verdict Above(in Reading reading, int metric, long limit) =>
        !reading.Has(metric) ? default : new Verdict(reading.Values[metric] > limit ? Finding.Breach : Finding.Clear);

    private static Verdict Below(in Reading reading, int metric, long limit, long distance) =>
        !reading.Has(metric) ? default
        : new Verdict(reading.Values[metric] < limit ? Finding.Breach : reading.Values[metric] < limit + distance ? Finding.Between : Finding.Clear);

    private static Verdict Flag(bool? isBreach) => isBreach is { } breach ? new Verdict(breach ? Finding.Breach : Finding.Clear) : default;

    private static Verdict Unexpected(in Reading reading, Space space, bool isCalm)
    {
        if (!reading.Has(Metric.Occupancy))
        {
            return default;
        }

        // Most rooms are empty most of the time; their zone's clock need not be asked then.
        if (isCalm && reading.Values[Metric.Occupancy] == 0)
        {
            return new Verdict(Finding.Clear);
        }

        var open = space.IsOpenAt(reading.At);
        var booked = space.IsBookedAt(reading.At);
        var reason = reading.Values[Metric.Occupancy] == 0 ? null
            : !open ? OutOfHours
            : space.Bookable && !booked ? NoBooking
            : null;
        return new Verdict(reason is null ? Finding.Clear : Finding.Breach, reason, open, booked);
    }
}
