using Coworking.Hosting.Leases;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Occupancies;
using Coworking.Reservations.Policies;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>Judges bookings to which nobody has checked in when their grace is over, again and again until it is sure or they end.</summary>
internal sealed class NoShows(
    NpgsqlDataSource database, IServiceScopeFactory scopes, LeaseStore leases, ReservationsMetrics metrics, TimeProvider clock, ILogger<NoShows> log)
    : DueBookings("no-shows", database, scopes, leases, clock, log)
{
    private readonly ReservationsMetrics _metrics = metrics;
    private readonly ILogger _log = log;

    // As EffectivePolicy has it, and only to pass by the many that need not check in.
    protected override string Due => $"""
        b.status = 'confirmed' and b.start_time <= $1 and b.end_time > $1 and (
            select coalesce((sp.members -> 'checkIn' ->> 'required')::boolean, (lp.members -> 'checkIn' ->> 'required')::boolean, false)
            from spaces s {EffectivePolicy.Joins} where s.id = b.space_id)
        """;

    protected override async Task<Outcome<Booking>> JudgeAsync(ReservationsDb db, BookingDesk desk, Booking locked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (locked.Status != BookingStatus.Confirmed || now < locked.StartTime || now >= locked.EndTime)
        {
            return locked;
        }

        var rule = (await EffectivePolicy.OfSpaceAsync(db, locked.SpaceId, cancellationToken)).CheckIn;

        if (!rule.Required)
        {
            return locked;
        }

        var known = await SpaceOccupancy.FindAsync(db, locked.SpaceId, cancellationToken);
        var verdict = NoShowJudge.Judge(locked.StartTime, Window.Deadline(locked, rule), known, now);
        return await ActAsync(db, desk, locked, verdict, known, now, cancellationToken);
    }

    private async Task<Outcome<Booking>> ActAsync(
        ReservationsDb db, BookingDesk desk, Booking booking, Verdict verdict, SpaceOccupancy? known, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var evidence = SensorEvidence.Text(verdict.Reason, known, now);

        switch (verdict.Ruling)
        {
            case Ruling.CheckIn:
                booking.CheckIn(CheckInSources.Sensor, evidence, now);
                return await desk.BecomeAsync(booking, BookingStatus.InProgress, now, cancellationToken);

            case Ruling.Release:
                booking.Judged(evidence);
                _log.Released(booking.Id, verdict.Reason);
                return await desk.BecomeAsync(booking, BookingStatus.NoShow, now, cancellationToken, verdict.Reason);

            case Ruling.Attend when booking.Attention != verdict.Reason:
                booking.Flag(verdict.Reason);
                booking.Judged(evidence);
                await db.SaveChangesAsync(cancellationToken);
                _metrics.Attention(verdict.Reason);
                _log.NeedsAttention(booking.Id, verdict.Reason);
                return booking;

            default:
                return booking;
        }
    }
}
