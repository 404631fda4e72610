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

    protected override async Task<Outcome<Booking>> JudgeAsync(Look look, Booking locked, CancellationToken cancellationToken)
    {
        if (locked.Status != BookingStatus.Confirmed || look.Now < locked.StartTime || look.Now >= locked.EndTime)
        {
            return locked;
        }

        var rule = (await EffectivePolicy.OfSpaceAsync(look.Db, locked.SpaceId, cancellationToken)).CheckIn;

        if (!rule.Required)
        {
            return locked;
        }

        var known = await SpaceOccupancy.FindAsync(look.Db, locked.SpaceId, cancellationToken);
        var expected = Window.Expected(locked);
        var verdict = NoShowJudge.Judge(expected, expected.AddMinutes(rule.GraceMinutes), known, look.Now);
        return await ActAsync(look, locked, verdict, SensorEvidence.Text(verdict.Reason, known, look.Now), cancellationToken);
    }

    private async Task<Outcome<Booking>> ActAsync(Look look, Booking booking, Verdict verdict, string evidence, CancellationToken cancellationToken)
    {
        switch (verdict.Ruling)
        {
            case Ruling.CheckIn:
                booking.CheckIn(CheckInSources.Sensor, evidence, look.Now);
                return await look.Desk.BecomeAsync(booking, BookingStatus.InProgress, look.Now, cancellationToken);

            case Ruling.Release:
                booking.Judged(evidence);
                _log.Released(booking.Id, verdict.Reason);
                return await look.Desk.BecomeAsync(booking, BookingStatus.NoShow, look.Now, cancellationToken, verdict.Reason);

            case Ruling.Attend when booking.Attention != verdict.Reason:
                await FlagAsync(look, booking, verdict.Reason, evidence, cancellationToken);
                return booking;

            default:
                return booking;
        }
    }

    private async Task FlagAsync(Look look, Booking booking, string reason, string evidence, CancellationToken cancellationToken)
    {
        var isNew = booking.Attention is null;
        booking.Flag(reason);
        booking.Judged(evidence);

        // Another reason for the same booking is no news to who has been asked to look.
        foreach (var step in isNew ? look.Services.GetServices<BookingFlagged>() : [])
        {
            await step(look.Db, booking, reason, look.Now, cancellationToken);
        }

        await look.Db.SaveChangesAsync(cancellationToken);
        _metrics.Attention(reason);
        _log.NeedsAttention(booking.Id, reason);
    }
}

/// <summary>What must commit together with the reception's being asked to look at a booking; registered by the folder that tells it.</summary>
internal delegate Task BookingFlagged(ReservationsDb db, Booking booking, string reason, DateTimeOffset now, CancellationToken cancellationToken);
