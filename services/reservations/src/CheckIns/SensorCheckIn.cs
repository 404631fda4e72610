using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Occupancies;
using Coworking.Reservations.Policies;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>People who have come into a space check in to the booking that is theirs, if it can be no other's.</summary>
internal sealed class SensorCheckIn(ReservationsDb db, BookingDesk desk)
{
    // Bookings of a space do not overlap: the first that is not over is the only one whose client can be meant, and the last before it the only one that may overrun.
    private const string FindDue = """
        select b.id, (
            select max(least(p.end_time, p.blocked_until)) from bookings p
            where p.space_id = $1 and p.id <> b.id and p.start_time < b.start_time and p.status in ('confirmed', 'in_progress', 'completed'))
        from bookings b
        where b.space_id = $1 and b.end_time > $2 and b.start_time <= $2 + interval '1 day' and b.status in ('held', 'pending', 'confirmed', 'in_progress')
        order by b.start_time limit 1
        """;

    /// <summary>Within a transaction: what was heard and what comes of it commit together.</summary>
    internal async Task TryAsync(Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await SpaceOccupancy.FindAsync(db, spaceId, cancellationToken) is not { State: SpaceOccupancy.Occupied } known
            || await FindDueAsync(spaceId, now, cancellationToken) is not var (id, previousEnd)
            || await db.LockBookingAsync(id, cancellationToken) is not { Status: BookingStatus.Confirmed } booking
            || booking.SpaceId != spaceId)
        {
            return;
        }

        var policy = await EffectivePolicy.OfSpaceAsync(db, spaceId, cancellationToken);

        if (SensorEvidence.IsOfClient(known, Window.Of(booking, policy.CheckIn), previousEnd, now))
        {
            booking.CheckIn(CheckInSources.Sensor, SensorEvidence.Text(Reasons.Occupied, known, now), now);
            await desk.BecomeAsync(booking, BookingStatus.InProgress, now, cancellationToken);
        }
    }

    private async Task<(Guid Id, DateTimeOffset? PreviousEnd)?> FindDueAsync(Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindDue, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = spaceId });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.Instant(1)) : null;
    }
}
