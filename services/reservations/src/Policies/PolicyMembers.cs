using System.Text.Json;
using System.Text.Json.Serialization;
using Coworking.Hosting.Json;

namespace Coworking.Reservations.Policies;

/// <summary>What one location or space says of its own. An absent member inherits; null lifts a limit, and inherits where there is none to lift.</summary>
internal sealed record PolicyMembers(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> WeeklyLimit = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> MinMinutes = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> MaxMinutes = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> SlotStepMinutes = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> LeadMinutes = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> HorizonDays = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? OpenHoursEnforced = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ClosedDay[]? ClosedDays = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> MaxPerDay = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Optional<int?> CancelUntilMinutes = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CheckInMembers? CheckIn = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? RequiresApproval = null)
{
    internal static PolicyMembers Read(string json) => JsonSerializer.Deserialize<PolicyMembers>(json, JsonSetup.Wire)!;

    internal string Text() => JsonSerializer.Serialize(this, JsonSetup.Wire);

    /// <summary>The policy that holds where these are laid over another.</summary>
    internal Policy Over(Policy inherited, int version) => new(
        WeeklyLimit.Or(inherited.WeeklyLimit),
        MinMinutes.Or(inherited.MinMinutes),
        MaxMinutes.Or(inherited.MaxMinutes),
        SlotStepMinutes.Or(inherited.SlotStepMinutes),
        LeadMinutes.Or(inherited.LeadMinutes),
        HorizonDays.Or(inherited.HorizonDays),
        OpenHoursEnforced ?? inherited.OpenHoursEnforced,
        ClosedDays ?? inherited.ClosedDays,
        MaxPerDay.Or(inherited.MaxPerDay),
        CancelUntilMinutes.Or(inherited.CancelUntilMinutes),
        new CheckInRule(
            CheckIn?.Required ?? inherited.CheckIn.Required,
            CheckIn?.OpenMinutesBefore ?? inherited.CheckIn.OpenMinutesBefore,
            CheckIn?.GraceMinutes ?? inherited.CheckIn.GraceMinutes),
        RequiresApproval ?? inherited.RequiresApproval,
        Math.Max(version, inherited.Version));
}

/// <summary>What is said of checking in; null inherits.</summary>
internal sealed record CheckInMembers(bool? Required = null, int? OpenMinutesBefore = null, int? GraceMinutes = null);
