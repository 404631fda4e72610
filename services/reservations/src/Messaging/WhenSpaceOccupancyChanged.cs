using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Database;
using Coworking.Reservations.Occupancies;
using MassTransit;

namespace Coworking.Reservations.Messaging;

/// <summary>Keeps what is known of the people in a space, and checks in whose booking they have come for. A device that is heard of at all is a sensor that may be silent.</summary>
internal sealed class WhenSpaceOccupancyChanged(ReservationsDb db, SensorCheckIn sensor, TimeProvider clock)
    : IConsumer<SpaceOccupancyChanged>, IConsumer<DeviceWentOffline>, IConsumer<DeviceCameOnline>
{
    public async Task Consume(ConsumeContext<SpaceOccupancyChanged> context)
    {
        var (said, now) = (context.Message, clock.GetUtcNow());
        var outcome = await db.DecideAsync<SpaceOccupancyChanged>(
            async token =>
            {
                if (await db.IsNewAsync(said.MessageId, nameof(WhenSpaceOccupancyChanged), token))
                {
                    await SpaceOccupancy.KeepAsync(db, said, now, token);
                    await sensor.TryAsync(said.SpaceId, now, token);
                }

                return said;
            },
            context.CancellationToken,
            BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var lost, out _))
        {
            // Nothing of it was kept, so it must not count as heard: the bus says it again.
            throw new InvalidOperationException(lost.Message);
        }
    }

    public Task Consume(ConsumeContext<DeviceWentOffline> context) => NoteAsync(context.Message.MessageId, context.Message.SpaceId, context.CancellationToken);

    public Task Consume(ConsumeContext<DeviceCameOnline> context) => NoteAsync(context.Message.MessageId, context.Message.SpaceId, context.CancellationToken);

    private async Task NoteAsync(Guid messageId, Guid spaceId, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.IsNewAsync(messageId, nameof(WhenSpaceOccupancyChanged), cancellationToken))
        {
            await SpaceOccupancy.NoteDeviceAsync(db, spaceId, clock.GetUtcNow(), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }
}
