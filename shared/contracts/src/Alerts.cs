using System.Text.Json;

namespace Coworking.Contracts;

/// <summary>
/// A breach has lasted long enough: the alert is open. Said once per alert; in a snapshot, and when its space moves, again for each open one. In a snapshot one
/// that was acknowledged has the version before its present one, and AlertAcknowledged follows.
/// </summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC, the server's clock).</param>
/// <param name="Version">Grows by one with each change of this alert.</param>
/// <param name="Alert">The state after the change.</param>
public sealed record AlertOpened(Guid MessageId, DateTimeOffset OccurredAt, long Version, AlertFacts Alert);

/// <summary>Somebody has taken notice of an open alert. Again in a snapshot while it is open.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was said (UTC).</param>
/// <param name="Version">Grows by one with each change of this alert.</param>
/// <param name="Alert">The state after the change.</param>
/// <param name="AcknowledgedBy">Who took notice.</param>
public sealed record AlertAcknowledged(Guid MessageId, DateTimeOffset OccurredAt, long Version, AlertFacts Alert, string AcknowledgedBy);

/// <summary>Nobody took notice of an open alert for too long.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC).</param>
/// <param name="Version">Grows by one with each change of this alert.</param>
/// <param name="Alert">The state after the change.</param>
/// <param name="Level">1 for the first escalation; each level is said once.</param>
public sealed record AlertEscalated(Guid MessageId, DateTimeOffset OccurredAt, long Version, AlertFacts Alert, int Level);

/// <summary>An alert is over, by itself or by hand.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC).</param>
/// <param name="Version">Grows by one with each change of this alert.</param>
/// <param name="Alert">The state after the change.</param>
/// <param name="Reason">back_to_normal, hours_began, booking_started, by_hand, rule_disabled or space_removed.</param>
/// <param name="Note">What the person who resolved it wrote, if any.</param>
public sealed record AlertResolved(Guid MessageId, DateTimeOffset OccurredAt, long Version, AlertFacts Alert, string Reason, string? Note);

/// <summary>An alert as others need it.</summary>
/// <param name="Id">The alert.</param>
/// <param name="SpaceId">The space it is about.</param>
/// <param name="LocationId">The location of that space.</param>
/// <param name="Kind">CO2, OCCUPANCY_MAX, OCCUPANCY_UNEXPECTED, HIGH_TEMP, LOW_TEMP, POWER_LOSS, DOOR_OPEN, LOW_BATTERY, SENSOR_ERROR, TWIN_DIVERGENCE and the kinds to come.</param>
/// <param name="Severity">warning or critical.</param>
/// <param name="BreachedSince">Device time of the first sample beyond the limit (UTC).</param>
/// <param name="StartedAt">BreachedSince plus the time the breach had to last (UTC, device time).</param>
/// <param name="LastTriggeredAt">Device time of the newest sample beyond the limit (UTC).</param>
/// <param name="ResolvedAt">Null while it is open (UTC, device time where it resolved by itself).</param>
/// <param name="Meta">What a person needs to see, by kind: {value, threshold, unit} or {occupancy, capacity} or {occupancy, reason}.</param>
public sealed record AlertFacts(
    Guid Id,
    Guid SpaceId,
    Guid LocationId,
    string Kind,
    string Severity,
    DateTimeOffset BreachedSince,
    DateTimeOffset StartedAt,
    DateTimeOffset LastTriggeredAt,
    DateTimeOffset? ResolvedAt,
    JsonElement Meta);
