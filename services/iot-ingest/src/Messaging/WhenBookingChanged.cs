using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.IotIngest.Database;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Coworking.IotIngest.Messaging;

/// <summary>Keeps the schedule by which occupancy is judged. The five messages tell one story; the newest version wins.</summary>
internal sealed class WhenBookingChanged(IotDb db)
    : IConsumer<BookingPlaced>, IConsumer<BookingMoved>, IConsumer<BookingCancelled>, IConsumer<BookingStarted>, IConsumer<BookingEnded>
{
    public Task Consume(ConsumeContext<BookingPlaced> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingMoved> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingCancelled> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingStarted> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingEnded> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    private async Task KeepAsync(Guid messageId, long version, BookingFacts booking, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (!await db.IsNewAsync(messageId, nameof(WhenBookingChanged), cancellationToken))
        {
            return;
        }

        // A booking that moves to another space must leave the schedule of the one it was in.
        var before = await db.Database.SqlQuery<Guid>($"select space_id as \"Value\" from bookings where id = {booking.Id} for update").ToListAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into bookings (id, space_id, blocked_from, blocked_until, status, version)
            values ({booking.Id}, {booking.SpaceId}, {booking.BlockedFrom}, {booking.BlockedUntil}, {booking.Status}, {version})
            on conflict (id) do update set space_id = excluded.space_id, blocked_from = excluded.blocked_from, blocked_until = excluded.blocked_until,
                status = excluded.status, version = excluded.version
            where bookings.version <= excluded.version
            """, cancellationToken);

        foreach (var space in before.Append(booking.SpaceId).Distinct())
        {
            await db.TellReplicasAsync(space, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
