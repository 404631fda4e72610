using Microsoft.Extensions.Logging;

namespace Coworking.Bus;

/// <summary>What the bus tells of itself.</summary>
internal static partial class BusLog
{
    [LoggerMessage(160, LogLevel.Error, "Outbox row {Id} of type {Type} cannot be said and was set aside: {Reason}")]
    public static partial void Parked(ILogger log, long id, string type, string reason);

    [LoggerMessage(161, LogLevel.Warning, "{Count} messages were put back from {Queue}_error")]
    public static partial void Redriven(ILogger log, int count, string queue);

    [LoggerMessage(162, LogLevel.Error, "{Count} messages failed again and again and were moved to {Queue}_parked: a person has to look")]
    public static partial void GivenUp(ILogger log, int count, string queue);

    [LoggerMessage(163, LogLevel.Information, "The error queues could not be looked at: {Reason}")]
    public static partial void NotLooked(ILogger log, string reason);

    [LoggerMessage(164, LogLevel.Warning, "RabbitMQ refused {Count} messages, the first of them {Type}: a queue bound to its exchange is full or fails; trying again")]
    public static partial void Refused(ILogger log, int count, string type);

    [LoggerMessage(165, LogLevel.Warning, "RabbitMQ takes no messages for now ({Reason}): the outbox waits")]
    public static partial void Blocked(ILogger log, string reason);

    [LoggerMessage(166, LogLevel.Information, "RabbitMQ takes messages again")]
    public static partial void Unblocked(ILogger log);
}
