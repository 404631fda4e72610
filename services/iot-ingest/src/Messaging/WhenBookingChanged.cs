using Coworking.Contracts;
using Coworking.IotIngest.Spaces;
using MassTransit;
using Npgsql;

namespace Coworking.IotIngest.Messaging;

/// <summary>Keeps the schedule by which occupancy is judged. The five messages tell one story; the newest version wins.</summary>
internal sealed class WhenBookingChanged(NpgsqlDataSource database)
    : IConsumer<BookingPlaced>, IConsumer<BookingMoved>, IConsumer<BookingCancelled>, IConsumer<BookingStarted>, IConsumer<BookingEnded>
{
    // Messages about one booking come one after the other, or a space that it left between two of them would not be told.
    private const string Queue = "select pg_advisory_xact_lock(uuid_hash_extended($1, 0))";

    // Inbox, booking and notices in one statement: bookings are the most frequent messages of the house. A booking that moves to another space must leave the
    // schedule of the one it was in, which is what the table still shows to this statement.
    private const string Keep = $"""
        with said as (
            insert into inbox_messages (message_id, consumer) values ($1, '{nameof(WhenBookingChanged)}') on conflict do nothing returning 1),
        kept as (
            insert into bookings (id, space_id, blocked_from, blocked_until, status, version) select $2, $3, $4, $5, $6, $7 from said
            on conflict (id) do update set space_id = excluded.space_id, blocked_from = excluded.blocked_from, blocked_until = excluded.blocked_until,
                status = excluded.status, version = excluded.version
            where bookings.version <= excluded.version returning space_id)
        select pg_notify('{SpaceDirectory.Channel}', told.space_id::text)
        from (select space_id from bookings where id = $2 union select space_id from kept) as told where exists (select from kept)
        """;

    public Task Consume(ConsumeContext<BookingPlaced> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingMoved> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingCancelled> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingStarted> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    public Task Consume(ConsumeContext<BookingEnded> context) => KeepAsync(context.Message.MessageId, context.Message.Version, context.Message.Booking, context.CancellationToken);

    private async Task KeepAsync(Guid messageId, long version, BookingFacts booking, CancellationToken cancellationToken)
    {
        // Without a transaction of its own a batch is one.
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Queue) { Parameters = { new() { Value = booking.Id } } });
        batch.BatchCommands.Add(new(Keep)
        {
            Parameters =
            {
                new() { Value = messageId },
                new() { Value = booking.Id },
                new() { Value = booking.SpaceId },
                new() { Value = booking.BlockedFrom.ToUniversalTime() },
                new() { Value = booking.BlockedUntil.ToUniversalTime() },
                new() { Value = booking.Status },
                new() { Value = version },
            },
        });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
