using System.Diagnostics;
using System.Text.Json;
using Coworking.Hosting.Json;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Hosting.Messaging;

/// <summary>A message that waits for the bus; it commits with the change it tells of, and is deleted once the broker has confirmed it.</summary>
public sealed class OutboxMessage
{
    private OutboxMessage()
    {
    }

    /// <summary>Order of sending.</summary>
    public long Id { get; private init; }

    /// <summary>Identity of the message on the wire.</summary>
    public Guid MessageId { get; private init; }

    /// <summary>Name of the contract's class.</summary>
    public string Type { get; private init; } = "";

    /// <summary>The message as JSON.</summary>
    public string Body { get; private init; } = "";

    /// <summary>When it was written.</summary>
    public DateTimeOffset OccurredAt { get; private init; }

    /// <summary>W3C traceparent of the change, so that one trace spans the bus.</summary>
    public string? TraceParent { get; private init; }

    /// <summary>A row for a message of the bus.</summary>
    /// <param name="message">A record of the contracts.</param>
    /// <param name="messageId">Its MessageId.</param>
    /// <param name="now">The present.</param>
    /// <param name="traceParent">W3C traceparent of the cause; null for the activity that runs.</param>
    public static OutboxMessage Of(object message, Guid messageId, DateTimeOffset now, string? traceParent = null) => new()
    {
        MessageId = messageId,
        Type = message.GetType().Name,
        Body = JsonSerializer.Serialize(message, message.GetType(), JsonSetup.Wire),
        OccurredAt = now,
        TraceParent = traceParent ?? Activity.Current?.Id,
    };
}

/// <summary>A message that this service has acted upon already.</summary>
public sealed class InboxMessage
{
    /// <summary>Identity of the message on the wire.</summary>
    public Guid MessageId { get; init; }

    /// <summary>Which consumer of this service acted.</summary>
    public string Consumer { get; init; } = "";

    /// <summary>When.</summary>
    public DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Outbox and inbox in a service's model.</summary>
public static class MessagingTables
{
    /// <summary>Maps both tables.</summary>
    public static void AddMessaging(this ModelBuilder model)
    {
        model.Entity<OutboxMessage>().ToTable("outbox_messages").HasKey(message => message.Id);
        model.Entity<OutboxMessage>().Property(message => message.Id).UseIdentityAlwaysColumn();
        model.Entity<InboxMessage>().ToTable("inbox_messages").HasKey(message => new { message.MessageId, message.Consumer });
    }

    /// <summary>Notes a message in the running transaction; false where this consumer has acted on it before.</summary>
    /// <param name="db">A context within a transaction.</param>
    /// <param name="messageId">Identity of the message.</param>
    /// <param name="consumer">Name of the consumer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> IsNewAsync(this DbContext db, Guid messageId, string consumer, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"insert into inbox_messages (message_id, consumer) values ({messageId}, {consumer}) on conflict do nothing", cancellationToken) == 1;
}
