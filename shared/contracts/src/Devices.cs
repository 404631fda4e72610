namespace Coworking.Contracts;

/// <summary>A space has been occupied, vacant or without evidence for a dwell. Said once per change, and again in the same version each minute while a confirmed booking waits there.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC).</param>
/// <param name="Version">Grows by one with each change of this space's occupancy, and goes on where a removed space returns. The same version with a later occurredAt renews the evidence.</param>
/// <param name="SpaceId">The space.</param>
/// <param name="LocationId">Its location.</param>
/// <param name="State">occupied, vacant or unknown. Stale or silent sensors say unknown, never vacant.</param>
/// <param name="Since">Since when (UTC, device time; the server's clock for unknown).</param>
/// <param name="HeadCount">People counted last; null when unknown.</param>
/// <param name="Evidence">On what the judgement rests.</param>
public sealed record SpaceOccupancyChanged(
    Guid MessageId,
    DateTimeOffset OccurredAt,
    long Version,
    Guid SpaceId,
    Guid LocationId,
    string State,
    DateTimeOffset Since,
    int? HeadCount,
    OccupancyEvidence Evidence);

/// <summary>On what an occupancy judgement rests.</summary>
/// <param name="SampleCount">Samples within the dwell.</param>
/// <param name="LastSampleAt">Device time of the newest one (UTC); null when there is none.</param>
/// <param name="SensorHealth">healthy, stale or silent.</param>
public sealed record OccupancyEvidence(int SampleCount, DateTimeOffset? LastSampleAt, string SensorHealth);

/// <summary>The digital twin of a space changed: what its device should do, or what it says it does.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it changed (UTC).</param>
/// <param name="Version">Grows by one with each change of this twin, whichever half changed.</param>
/// <param name="SpaceId">The space.</param>
/// <param name="LocationId">Its location.</param>
/// <param name="Desired">Null until somebody asked for something.</param>
/// <param name="DesiredVersion">Counts the changes of the desired half.</param>
/// <param name="Reported">Null until the device has spoken.</param>
/// <param name="ReportedVersion">Counts the changes of the reported half.</param>
public sealed record TwinChanged(
    Guid MessageId,
    DateTimeOffset OccurredAt,
    long Version,
    Guid SpaceId,
    Guid LocationId,
    TwinDesired? Desired,
    long DesiredVersion,
    TwinReported? Reported,
    long ReportedVersion);

/// <summary>What the device of a space should do.</summary>
/// <param name="SamplingIntervalSec">Seconds between samples, 1..3600.</param>
/// <param name="Co2AlertThreshold">ppm, 100..5000.</param>
public sealed record TwinDesired(int SamplingIntervalSec, int Co2AlertThreshold);

/// <summary>What the device of a space says it does.</summary>
/// <param name="SamplingIntervalSec">Seconds between samples; null where the device did not say.</param>
/// <param name="Co2AlertThreshold">ppm; null where the device did not say.</param>
/// <param name="FirmwareVersion">As the device spells it.</param>
/// <param name="ReportedAt">Device time (UTC).</param>
public sealed record TwinReported(int? SamplingIntervalSec, int? Co2AlertThreshold, string? FirmwareVersion, DateTimeOffset ReportedAt);

/// <summary>A device has been silent for too long.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC).</param>
/// <param name="Version">Grows by one with each change of this device's presence.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="SpaceId">The space it serves.</param>
/// <param name="LastSeenAt">When it spoke last (UTC); null if it never did.</param>
public sealed record DeviceWentOffline(Guid MessageId, DateTimeOffset OccurredAt, long Version, Guid DeviceId, Guid SpaceId, DateTimeOffset? LastSeenAt);

/// <summary>A silent device has spoken again.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it spoke (UTC).</param>
/// <param name="Version">Grows by one with each change of this device's presence.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="SpaceId">The space it serves.</param>
public sealed record DeviceCameOnline(Guid MessageId, DateTimeOffset OccurredAt, long Version, Guid DeviceId, Guid SpaceId);

/// <summary>A device does not do what its twin asks, for too long.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was decided (UTC).</param>
/// <param name="Version">The twin's version at that moment.</param>
/// <param name="SpaceId">The space.</param>
/// <param name="Fields">Names of the members that differ.</param>
public sealed record TwinDiverged(Guid MessageId, DateTimeOffset OccurredAt, long Version, Guid SpaceId, IReadOnlyList<string> Fields);

/// <summary>A device does again what its twin asks.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was seen (UTC).</param>
/// <param name="Version">The twin's version at that moment.</param>
/// <param name="SpaceId">The space.</param>
public sealed record TwinConverged(Guid MessageId, DateTimeOffset OccurredAt, long Version, Guid SpaceId);

/// <summary>A consumer without a picture of the present asks every owner to say it again: locations, spaces, live bookings; twins, open alerts, occupancy.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it was asked (UTC).</param>
/// <param name="RequestedBy">Which service or team asks.</param>
public sealed record SnapshotRequested(Guid MessageId, DateTimeOffset OccurredAt, string RequestedBy);
