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

    [LoggerMessage(3007, LogLevel.Error, "Outbox row {Id} has the unknown type {Type} and was parked")]
    public static partial void OutboxParked(ILogger log, long id, string type);

    [LoggerMessage(3008, LogLevel.Information, "Dropped {Partition}: it is older than what is kept")]
    public static partial void PartitionDropped(ILogger log, string partition);

    [LoggerMessage(3100, LogLevel.Warning, "The rollup of the hour from {Hour} waits: a batch has been open for minutes")]
    public static partial void RollupsWait(ILogger log, DateTime hour);

    [LoggerMessage(3101, LogLevel.Information, "Stored the climate report of location {LocationId} for {Day}")]
    public static partial void ClimateReportStored(ILogger log, Guid locationId, DateOnly day);
}
