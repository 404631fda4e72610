namespace Coworking.IotIngest.Alerts;

/// <summary>Why an alert is over, as AlertResolved says it.</summary>
internal static class AlertResolution
{
    public const string BackToNormal = "back_to_normal";
    public const string HoursBegan = "hours_began";
    public const string BookingStarted = "booking_started";
    public const string ByHand = "by_hand";

    /// <summary>Its rule was disabled, or has lost the limit that it needs.</summary>
    public const string RuleDisabled = "rule_disabled";
    public const string SpaceRemoved = "space_removed";
}
