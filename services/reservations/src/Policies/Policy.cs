using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Policies;

/// <summary>The rules that hold for bookings of a space; null where there is no such limit.</summary>
/// <param name="WeeklyLimit">Counted bookings of a client in an ISO week, across all spaces.</param>
/// <param name="MinMinutes">Shortest booking.</param>
/// <param name="MaxMinutes">Longest booking, below the cap that holds for all.</param>
/// <param name="SlotStepMinutes">Start and length are multiples of it, the start counted from local midnight.</param>
/// <param name="LeadMinutes">How long before its start a booking must be made.</param>
/// <param name="HorizonDays">How many local days ahead a booking may start.</param>
/// <param name="OpenHoursEnforced">The whole booking lies inside the space's office hours.</param>
/// <param name="ClosedDays">Local days on which nothing is booked.</param>
/// <param name="MaxPerDay">Counted bookings of a client that start on one local day, across the location.</param>
/// <param name="CancelUntilMinutes">How long before the start a client may still cancel.</param>
/// <param name="CheckIn">Whether clients must show that they have come.</param>
/// <param name="RequiresApproval">A new booking waits for staff.</param>
/// <param name="Version">Names this policy; 0 where nobody has said anything.</param>
[SchemaName("EffectivePolicy")]
internal sealed record Policy(
    int? WeeklyLimit,
    int? MinMinutes,
    int? MaxMinutes,
    int? SlotStepMinutes,
    int? LeadMinutes,
    int? HorizonDays,
    bool OpenHoursEnforced,
    ClosedDay[] ClosedDays,
    int? MaxPerDay,
    int? CancelUntilMinutes,
    CheckInRule CheckIn,
    bool RequiresApproval,
    int Version)
{
    /// <summary>Some rule asks how many bookings a client has.</summary>
    internal bool Counts => WeeklyLimit is not null || MaxPerDay is not null;

    /// <summary>What holds where nobody has said anything: three bookings a week, as the public contract says.</summary>
    internal static Policy Default { get; } = new(
        WeeklyLimit: 3,
        MinMinutes: null,
        MaxMinutes: null,
        SlotStepMinutes: null,
        LeadMinutes: null,
        HorizonDays: null,
        OpenHoursEnforced: false,
        ClosedDays: [],
        MaxPerDay: null,
        CancelUntilMinutes: null,
        new CheckInRule(Required: false, OpenMinutesBefore: 10, GraceMinutes: 10),
        RequiresApproval: false,
        Version: 0);
}

/// <summary>Whether and when a client checks in.</summary>
/// <param name="Required">Who has not come by start and grace is a no-show.</param>
/// <param name="OpenMinutesBefore">How long before the start checking in begins.</param>
/// <param name="GraceMinutes">How long after the start it ends.</param>
internal sealed record CheckInRule(bool Required, int OpenMinutesBefore, int GraceMinutes);

/// <summary>A local day on which nothing is booked.</summary>
/// <param name="Date">The day on the wall of the location.</param>
/// <param name="Name">Why, for people.</param>
internal sealed record ClosedDay(
    DateOnly Date,
    [property: StringLength(200)] string? Name);
