using Coworking.Hosting.Leases;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>Passes on what nobody has answered in time, and lets entries lapse whose time is past. One replica at a time, exact even if it were two.</summary>
internal sealed class WaitlistWatch(IServiceScopeFactory scopes, NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<WaitlistWatch> log)
    : LeasedService("waitlist", leases, clock, log)
{
    // A waiter is told half an hour; five seconds more hurt nobody.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const string Due = "select booking_id from waitlist_offers where status = 'open' and held_until <= $1 order by held_until limit 500";

    private const string Lapse = "update waitlist_entries set status = 'lapsed', version = version + 1, updated_at = $1 where status = 'waiting' and to_time <= $1";

    private readonly TimeProvider _clock = clock;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var expired = 0;

        foreach (var bookingId in await database.ListAsync(Due, reader => reader.GetGuid(0), cancellationToken, now))
        {
            try
            {
                expired += await ExpireAsync(bookingId, now, cancellationToken) ? 1 : 0;
            }
            catch (Exception e) when (e is DbUpdateException or PostgresException)
            {
                // One hold that cannot be cleared away must not keep all others.
                log.HoldStays(e, bookingId);
            }
        }

        await using var lapse = database.CreateCommand(Lapse);
        lapse.Parameters.Add(new() { Value = now });

        if (await lapse.ExecuteNonQueryAsync(cancellationToken) is var lapsed && (expired, lapsed) != (0, 0))
        {
            log.WaitlistCleared(expired, lapsed);
        }
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await CountAsync(RunOnceAsync(cancellationToken));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                log.WaitlistDelayed(e.Message);
            }

            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<bool> ExpireAsync(Guid bookingId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, desk) = (scope.ServiceProvider.GetRequiredService<ReservationsDb>(), scope.ServiceProvider.GetRequiredService<BookingDesk>());
        var outcome = await db.DecideAsync<Booking>(
            async token => await db.LockBookingAsync(bookingId, token) is { Status: BookingStatus.Held } hold && hold.HeldUntil <= now
                ? await desk.BecomeAsync(hold, BookingStatus.Cancelled, now, token, "the offer has expired")
                // Claimed, declined or expired by another replica since it was listed.
                : BookingRefusals.NotFound,
            cancellationToken,
            BookingRefusals.SlotContest);
        return outcome.Refusal is null;
    }
}
