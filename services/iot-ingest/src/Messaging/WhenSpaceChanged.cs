using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Occupancy;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.IotIngest.Messaging;

/// <summary>Keeps the spaces whose topics are valid and by whose settings samples are judged. The newest version wins, whenever it comes.</summary>
internal sealed class WhenSpaceChanged(IotDb db, TimeProvider clock) : IConsumer<SpaceChanged>
{
    public async Task Consume(ConsumeContext<SpaceChanged> context)
    {
        var (message, space, cancellationToken) = (context.Message, context.Message.Space, context.CancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (!await db.IsNewAsync(message.MessageId, nameof(WhenSpaceChanged), cancellationToken))
        {
            return;
        }

        // Hours that cannot be read would stop the judging of every space: such a message goes to the error queue.
        _ = space.OfficeHours is null ? null : OpeningTimes.Of(space.OfficeHours);
        var hours = space.OfficeHours is null ? null : JsonSerializer.Serialize(space.OfficeHours, JsonSerializerOptions.Web);
        var climate = space.Climate is null ? null : JsonSerializer.Serialize(space.Climate, JsonSerializerOptions.Web);
        var removed = message.Change == ChangeKinds.Removed;
        var isNewest = 1 == await db.Database.ExecuteSqlAsync(
            $"""
            insert into spaces (id, location_id, name, kind, capacity, bookable, active, timezone, office_hours, climate, version, removed)
            values ({space.Id}, {space.LocationId}, {space.Name}, {space.Kind}, {space.Capacity}, {space.Bookable}, {space.Active}, {space.Timezone},
                {hours}::jsonb, {climate}::jsonb, {message.Version}, {removed})
            on conflict (id) do update set location_id = excluded.location_id, name = excluded.name, kind = excluded.kind, capacity = excluded.capacity,
                bookable = excluded.bookable, active = excluded.active, timezone = excluded.timezone, office_hours = excluded.office_hours,
                climate = excluded.climate, version = excluded.version, removed = excluded.removed
            where spaces.version <= excluded.version
            """, cancellationToken);

        if (isNewest)
        {
            var effects = new Effects(clock.GetUtcNow());
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            await (removed
                ? CloseAlerts.OfSpaceAsync(connection, space.Id, effects, cancellationToken)
                : CloseAlerts.MoveAsync(connection, space.Id, space.LocationId, effects, cancellationToken));

            if (removed)
            {
                // After the alerts: they have locked the state of the space.
                await OccupancyNews.ForgetAsync(connection, space.Id, effects.Now, cancellationToken);
            }

            await effects.WriteAsync(connection, cancellationToken);
        }

        await db.TellReplicasAsync(space.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
