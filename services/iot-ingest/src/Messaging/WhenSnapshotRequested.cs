using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Twins;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.IotIngest.Messaging;

/// <summary>Says the present again for whoever has no picture of it: every twin, every open alert, every occupancy, in their present versions.</summary>
internal sealed class WhenSnapshotRequested(IotDb db, TimeProvider clock) : IConsumer<SnapshotRequested>
{
    public async Task Consume(ConsumeContext<SnapshotRequested> context)
    {
        var cancellationToken = context.CancellationToken;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (!await db.IsNewAsync(context.Message.MessageId, nameof(WhenSnapshotRequested), cancellationToken))
        {
            return;
        }

        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var effects = new Effects(clock.GetUtcNow());

        await using (var command = new NpgsqlCommand($"select {Twin.Columns} from twins t join spaces s on s.id = t.space_id where not s.removed", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var id = Guid.CreateVersion7(effects.Now);
                effects.Say(id, Twin.Read(reader).Changed(id, effects.Now));
            }
        }

        await using (var command = new NpgsqlCommand($"select {AlertReader.Columns} from alerts a where a.resolved_at is null", connection))
        {
            foreach (var alert in await AlertReader.AllAsync(command, cancellationToken))
            {
                AlertNews.SayAgain(alert, effects);
            }
        }

        await OccupancyNews.SayAgainAsync(connection, effects, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
