using Coworking.Hosting.Leases;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Notifications.Reminders;

/// <summary>Writes the reminders that are due.</summary>
internal sealed class ReminderClerk(IServiceScopeFactory scopes, LeaseStore leases, TimeProvider clock, ILogger<ReminderClerk> log)
    : LeasedService("reminders", leases, clock, log)
{
    private const int Batch = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _clock = clock;

    /// <summary>One batch; how many bookings it held.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var ids = await db.Database.SqlQuery<Guid>(
            $"""select id as "Value" from bookings where next_reminder_at <= {now} order by next_reminder_at limit {Batch} for no key update skip locked""").ToListAsync(cancellationToken);
        var bookings = await db.Bookings.AsNoTracking().Where(booking => ids.Contains(booking.Id)).ToListAsync(cancellationToken);

        foreach (var booking in bookings)
        {
            var kind = booking.Status == BookingStatus.Confirmed ? ReminderPlan.Kind(booking.StartTime, now) : null;
            var next = kind is null ? null : ReminderPlan.After(booking.StartTime, now);

            if (kind is not null)
            {
                await db.TellAsync(Notice.Of($"booking/{booking.Id}/{kind}/{booking.StartTime.ToUnixTimeSeconds()}", kind, booking.LocationId, BookingNotice.Of(booking), now), cancellationToken);
            }

            // By SQL and without a new version: a client's If-Match must not fail because it was reminded.
            await db.Database.ExecuteSqlAsync($"update bookings set next_reminder_at = {next} where id = {booking.Id}", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return ids.Count;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            while (await CountAsync(RunOnceAsync(cancellationToken)) == Batch)
            {
                // More are due.
            }

            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }
}
