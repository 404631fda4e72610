using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.IotIngest.Database;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Coworking.IotIngest.Messaging;

/// <summary>Keeps the locations whose topics are subscribed.</summary>
internal sealed class WhenLocationChanged(IotDb db) : IConsumer<LocationChanged>
{
    public async Task Consume(ConsumeContext<LocationChanged> context)
    {
        var (message, location, cancellationToken) = (context.Message, context.Message.Location, context.CancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (!await db.IsNewAsync(message.MessageId, nameof(WhenLocationChanged), cancellationToken))
        {
            return;
        }

        var removed = message.Change == ChangeKinds.Removed;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into locations (id, name, timezone, version, removed) values ({location.Id}, {location.Name}, {location.Timezone}, {message.Version}, {removed})
            on conflict (id) do update set name = excluded.name, timezone = excluded.timezone, version = excluded.version, removed = excluded.removed
            where locations.version <= excluded.version
            """, cancellationToken);
        await db.TellReplicasAsync(spaceId: null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
