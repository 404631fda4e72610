using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Reservations.Database;
using Coworking.Reservations.Twins;
using MassTransit;

namespace Coworking.Reservations.Messaging;

/// <summary>Keeps the twin that is shown with a space.</summary>
internal sealed class WhenTwinChanged(ReservationsDb db) : IConsumer<TwinChanged>
{
    public async Task Consume(ConsumeContext<TwinChanged> context)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(context.CancellationToken);

        if (await db.IsNewAsync(context.Message.MessageId, nameof(WhenTwinChanged), context.CancellationToken))
        {
            await SpaceTwin.KeepAsync(db, context.Message, context.CancellationToken);
            await transaction.CommitAsync(context.CancellationToken);
        }
    }
}
