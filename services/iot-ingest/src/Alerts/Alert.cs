using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Alerts;

/// <summary>A row of alerts. Open until resolved; at most one open per space and kind.</summary>
internal sealed class Alert
{
    public required Guid Id { get; init; }

    public required int SpaceKey { get; init; }

    public required Guid SpaceId { get; init; }

    public required Guid LocationId { get; init; }

    public required string Kind { get; init; }

    public required string Severity { get; init; }

    public required DateTimeOffset BreachedSince { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset LastTriggeredAt { get; set; }

    public DateTimeOffset? ResolvedAt { get; set; }

    public string? Resolution { get; set; }

    public string? Note { get; set; }

    public DateTimeOffset? AcknowledgedAt { get; set; }

    public string? AcknowledgedBy { get; set; }

    /// <summary>0: not escalated yet.</summary>
    public int EscalationLevel { get; set; }

    public required string Meta { get; set; }

    public required long Version { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public void Triggered(long at, string meta) => (LastTriggeredAt, Meta) = (Micros.ToInstant(at), meta);

    public void Resolve(DateTimeOffset at, string because) => (ResolvedAt, Resolution, Version) = (at, because, Version + 1);

    public void Acknowledge(DateTimeOffset at, string by) => (AcknowledgedAt, AcknowledgedBy, Version) = (at, by, Version + 1);

    public void Escalate() => (EscalationLevel, Version) = (EscalationLevel + 1, Version + 1);

    public AlertFacts Facts()
    {
        using var meta = JsonDocument.Parse(Meta);
        return new AlertFacts(Id, SpaceId, LocationId, Kind, Severity, BreachedSince, StartedAt, LastTriggeredAt, ResolvedAt, meta.RootElement.Clone());
    }
}

/// <summary>An alert as the API and the stream show it.</summary>
internal sealed record AlertRow(
    Guid Id,
    Guid SpaceId,
    Guid LocationId,
    string Kind,
    string Severity,
    string Status,
    DateTimeOffset BreachedSince,
    DateTimeOffset StartedAt,
    DateTimeOffset LastTriggeredAt,
    DateTimeOffset? ResolvedAt,
    string? Resolution,
    string? Note,
    DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy,
    int EscalationLevel,
    JsonElement MetaJson,
    DateTimeOffset CreatedAt)
{
    public static AlertRow Of(Alert alert) => new(
        alert.Id, alert.SpaceId, alert.LocationId, alert.Kind, alert.Severity,
        alert.ResolvedAt is not null ? "resolved" : alert.AcknowledgedAt is not null ? "acknowledged" : "open",
        alert.BreachedSince, alert.StartedAt, alert.LastTriggeredAt, alert.ResolvedAt, alert.Resolution, alert.Note,
        alert.AcknowledgedAt, alert.AcknowledgedBy, alert.EscalationLevel, alert.Facts().Meta, alert.CreatedAt);
}
