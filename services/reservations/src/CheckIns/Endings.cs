using Coworking.Hosting.Leases;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>What was confirmed or in progress is completed at its end, whether or not anybody checked in: nobody was asked to, or nobody could tell.</summary>
internal sealed class Completions(NpgsqlDataSource database, IServiceScopeFactory scopes, LeaseStore leases, TimeProvider clock, ILogger<Completions> log)
    : DueBookings("completions", database, scopes, leases, clock, log)
{
    // The start too, though it follows: the index goes by it.
    protected override string Due => "b.status in ('confirmed', 'in_progress') and b.start_time <= $1 and b.end_time <= $1";

    protected override async Task<Outcome<Booking>> JudgeAsync(Look look, Booking locked, CancellationToken cancellationToken) =>
        locked.Status is BookingStatus.Confirmed or BookingStatus.InProgress && locked.EndTime <= look.Now
            ? await look.Desk.BecomeAsync(locked, BookingStatus.Completed, look.Now, cancellationToken)
            : locked;
}

/// <summary>What nobody has confirmed by its start is rejected: the client must not stand before a door on a maybe.</summary>
internal sealed class Lapses(NpgsqlDataSource database, IServiceScopeFactory scopes, LeaseStore leases, TimeProvider clock, ILogger<Lapses> log)
    : DueBookings("lapses", database, scopes, leases, clock, log)
{
    protected override string Due => "b.status = 'pending' and b.start_time <= $1";

    protected override async Task<Outcome<Booking>> JudgeAsync(Look look, Booking locked, CancellationToken cancellationToken) =>
        locked.Status == BookingStatus.Pending && locked.StartTime <= look.Now
            ? await look.Desk.BecomeAsync(locked, BookingStatus.Rejected, look.Now, cancellationToken, "lapsed")
            : locked;
}
