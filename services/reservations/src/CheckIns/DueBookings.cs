using System.Data.Common;
using Coworking.Hosting.Leases;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>
/// Bookings whose hour has come, judged one by one: each in a transaction of its own, under its lock, and asked again there whether it is still due, so that it
/// happens once however many look, and a booking that was moved meanwhile is left alone.
/// </summary>
internal abstract class DueBookings(
    string name, NpgsqlDataSource database, IServiceScopeFactory scopes, LeaseStore leases, TimeProvider clock, ILogger log) : LeasedService(name, leases, clock, log)
{
    // Read at a time; more would only be older when their turn comes.
    private const int Window = 200;

    // One booking that breaks holds up no other; several in a row are the database.
    private const int MaxFailures = 3;

    // A minute is the unit in which people book; this is soon enough, and also how long news of before a start has to arrive.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _clock = clock;
    private readonly ILogger _log = log;

    /// <summary>Which bookings (b) are due at $1, in SQL.</summary>
    protected abstract string Due { get; }

    /// <returns>How many bookings were changed.</returns>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var (now, last, changed, failures) = (_clock.GetUtcNow(), Guid.Empty, 0, 0);

        while (true)
        {
            var ids = await database.ListAsync(
                $"select b.id from bookings b where b.id > $2 and {Due} order by b.id limit {Window}", reader => reader.GetGuid(0), cancellationToken, now.UtcDateTime, last);

            foreach (var id in ids)
            {
                try
                {
                    changed += await JudgeAsync(id, now, cancellationToken) ? 1 : 0;
                    failures = 0;
                }
                catch (Exception e) when (e is not OperationCanceledException && ++failures < MaxFailures)
                {
                    _log.DueBookingBroke(e, GetType().Name, id);
                }
            }

            if (ids.Count < Window)
            {
                return changed;
            }

            last = ids[^1];
        }
    }

    /// <summary>Asks again whether it is due, and does what is to be done; true where that changed the booking.</summary>
    protected abstract Task<Outcome<Booking>> JudgeAsync(Look look, Booking locked, CancellationToken cancellationToken);

    protected sealed override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // First the pause: after a start the bus brings what was said while nobody listened.
            await Task.Delay(Every, _clock, cancellationToken);

            try
            {
                await CountAsync(RunOnceAsync(cancellationToken));
            }
            catch (Exception e) when (e is DbException or TimeoutException or IOException)
            {
                _log.DueBookingsDelayed(GetType().Name, e.Message);
            }
        }
    }

    private async Task<bool> JudgeAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var look = new Look(scope.ServiceProvider.GetRequiredService<ReservationsDb>(), scope.ServiceProvider.GetRequiredService<BookingDesk>(), scope.ServiceProvider, now);
        var version = 0L;
        var outcome = await look.Db.DecideAsync<Booking>(
            async token =>
            {
                if (await look.Db.LockBookingAsync(id, token) is not { } booking)
                {
                    return BookingRefusals.NotFound;
                }

                version = booking.Version;
                return await JudgeAsync(look, booking, token);
            },
            cancellationToken,
            // A freed slot may be given away in the same breath.
            BookingRefusals.SlotContest);
        return !outcome.IsRefused(out _, out var judged) && judged.Version != version;
    }
}

/// <summary>What a job has at hand while it judges one booking.</summary>
/// <param name="Db">Within a transaction.</param>
/// <param name="Desk">Of that transaction.</param>
/// <param name="Services">The scope of both.</param>
/// <param name="Now">When it looked.</param>
internal sealed record Look(ReservationsDb Db, BookingDesk Desk, IServiceProvider Services, DateTimeOffset Now);
