namespace Coworking.IotIngest;

/// <summary>Every log event of the service. Per message there is none: metrics count them.</summary>
internal static partial class IotIngestLog
{
    [LoggerMessage(3000, LogLevel.Warning, "The list of spaces could not be read and will be read again: {Reason}")]
    public static partial void DirectoryStale(ILogger log, string reason);

    [LoggerMessage(3001, LogLevel.Warning, "A batch of {Count} was not stored (try {Attempt}) and will be tried again: {Reason}")]
    public static partial void BatchDelayed(ILogger log, int count, int attempt, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Partition {Partition} lost its connection: {Reason}")]
    public static partial void SessionLost(ILogger log, int partition, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "The leases of the partitions could not be renewed: {Reason}")]
    public static partial void LeasesUnsure(ILogger log, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "Desired states wait to be published: {Reason}")]
    public static partial void DesiredDelayed(ILogger log, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "The stream waits for the database: {Reason}")]
    public static partial void StreamDelayed(ILogger log, string reason);

    [LoggerMessage(3006, LogLevel.Information, "Asked every owner for a snapshot: no location is known yet")]
    public static partial void SnapshotAsked(ILogger log);

    [LoggerMessage(3008, LogLevel.Information, "Dropped {Partition}: it is older than what is kept")]
    public static partial void PartitionDropped(ILogger log, string partition);

    [LoggerMessage(3013, LogLevel.Information, "Packed {Index}: its day is over")]
    public static partial void IndexPacked(ILogger log, string index);

    [LoggerMessage(3100, LogLevel.Warning, "The rollup of the hour from {Hour} waits: a batch has been open for minutes")]
    public static partial void RollupsWait(ILogger log, DateTime hour);

    [LoggerMessage(3101, LogLevel.Information, "Stored the climate report of location {LocationId} for {Day}")]
    public static partial void ClimateReportStored(ILogger log, Guid locationId, DateOnly day);

    [LoggerMessage(3300, LogLevel.Warning, "Silent sensors and escalations wait for the database: {Reason}")]
    public static partial void AlertsDelayed(ILogger log, string reason);

    [LoggerMessage(3301, LogLevel.Information, "Sensors of {Count} spaces have fallen silent")]
    public static partial void SensorsSilent(ILogger log, int count);

    [LoggerMessage(3302, LogLevel.Information, "{Count} alerts were escalated: nobody took notice of them")]
    public static partial void AlertsEscalated(ILogger log, int count);

    [LoggerMessage(3200, LogLevel.Warning, "The accounts at the broker could not be compared and will be again: {Reason}")]
    public static partial void AccountsUnsure(ILogger log, string reason);

    [LoggerMessage(3201, LogLevel.Information, "Brought the accounts at the broker in step with the registered devices: {Made} commands to make or change, {Removed} to remove")]
    public static partial void AccountsMended(ILogger log, int made, int removed);

    [LoggerMessage(3202, LogLevel.Warning, "A change of a device was undone: {Reason}")]
    public static partial void AccountRefused(ILogger log, string reason);

    [LoggerMessage(3203, LogLevel.Warning, "No account at the broker is configured (Mqtt__Username): devices cannot be registered, and who may speak is up to the broker alone")]
    public static partial void NoAccount(ILogger log);

    [LoggerMessage(3204, LogLevel.Warning, "The broker refuses subscriptions of partition {Partition}: {Refused}")]
    public static partial void SubscriptionRefused(ILogger log, int partition, string refused);

    [LoggerMessage(3205, LogLevel.Warning, "The list of devices could not be read and will be read again: {Reason}")]
    public static partial void DevicesStale(ILogger log, string reason);

    [LoggerMessage(3206, LogLevel.Warning, "When devices were last heard of could not be written and will be again: {Reason}")]
    public static partial void PresenceDelayed(ILogger log, string reason);

    [LoggerMessage(3009, LogLevel.Information, "{Count} messages were taken in again: their space has become known")]
    public static partial void Redriven(ILogger log, int count);

    [LoggerMessage(3010, LogLevel.Warning, "Messages of spaces that have become known wait for the database: {Reason}")]
    public static partial void RedriveDelayed(ILogger log, string reason);

    [LoggerMessage(3400, LogLevel.Warning, "Twins that differ wait for the database: {Reason}")]
    public static partial void TwinsDelayed(ILogger log, string reason);

    [LoggerMessage(3401, LogLevel.Information, "{Count} twins have diverged")]
    public static partial void TwinsDiverged(ILogger log, int count);

    [LoggerMessage(3410, LogLevel.Warning, "Spaces whose sensors are stale wait for the database: {Reason}")]
    public static partial void OccupancyDelayed(ILogger log, string reason);

    [LoggerMessage(3411, LogLevel.Information, "The occupancy of {Count} spaces is unknown now: their sensors are stale or silent")]
    public static partial void OccupancyLost(ILogger log, int count);

    [LoggerMessage(3011, LogLevel.Error, "A batch of {Count} cannot be stored; what is at fault in it is looked for and rejected")]
    public static partial void BatchFaulty(ILogger log, Exception exception, int count);

    [LoggerMessage(3012, LogLevel.Error, "A message cannot be stored and is rejected")]
    public static partial void MessageFaulty(ILogger log, Exception exception);
}
