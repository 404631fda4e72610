using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Coworking.Hosting.Json;

namespace Coworking.Reservations.Policies;

/// <summary>What one location or space says of its own. An absent member inherits; null lifts a limit, and inherits where there is none to lift.</summary>
internal sealed record PolicyMembers
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(1, 10_000)]
    public Optional<int?> WeeklyLimit { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(1, 20_160)]
    public Optional<int?> MinMinutes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(1, 20_160)]
    public Optional<int?> MaxMinutes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(1, 1440)]
    public Optional<int?> SlotStepMinutes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(0, 527_040)]
    public Optional<int?> LeadMinutes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(0, 3660)]
    public Optional<int?> HorizonDays { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? OpenHoursEnforced { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [MaxLength(400)]
    public ClosedDay[]? ClosedDays { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(1, 10_000)]
    public Optional<int?> MaxPerDay { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Range(0, 527_040)]
    public Optional<int?> CancelUntilMinutes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckInMembers? CheckIn { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? RequiresApproval { get; init; }

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
internal sealed record CheckInMembers(
    bool? Required = null,
    [property: Range(0, 1440)] int? OpenMinutesBefore = null,
    [property: Range(0, 1440)] int? GraceMinutes = null);
