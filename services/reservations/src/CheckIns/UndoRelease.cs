using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>
/// POST /bookings/:id/undo-release. A no-show that was none takes its slot back, unless somebody else has it. In progress at once, for whoever undoes it says
/// that the client is there: a confirmed one would be released again.
/// </summary>
internal static class UndoRelease
{
    private const string FindHolder = $"""
        select start_time, end_time from bookings
        where space_id = $1 and unit_no = $2 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($3, $4, '[)') and id <> $5 and {BookingStatus.Blocking}
        order by start_time limit 1
        """;

    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> Handle(
        RouteId id, HttpContext context, ReservationsDb db, BookingDesk desk, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<BookingRow>(
            async token =>
            {
                if (await db.LockBookingAsync(id, token) is not { } booking)
                {
                    return BookingRefusals.NotFound;
                }

                if (!EntityTag.Matches(context, booking.Version))
                {
                    return BookingRefusals.Stale(booking.Version);
                }

                var status = now < booking.StartTime ? BookingStatus.Confirmed : BookingStatus.InProgress;

                if (booking.Status != BookingStatus.NoShow)
                {
                    return BookingRefusals.IllegalTransition(booking.Status, status);
                }

                if (booking.EndTime <= now)
                {
                    return CheckInRefusals.Ended(booking.EndTime);
                }

                return await UndoAsync(db, desk, booking, status, now, token) is { } refusal ? refusal : await BookingRow.OfAsync(booking, db, token);
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    private static async Task<Refusal?> UndoAsync(
        ReservationsDb db, BookingDesk desk, Booking booking, string status, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // With the space locked nobody else takes the slot, and whoever has it can be named.
        if (await BookableSpace.LockAsync(db, booking.SpaceId, cancellationToken) is null)
        {
            return BookingRefusals.SpaceNotFound;
        }

        if (await HolderAsync(db, booking, cancellationToken) is var (start, end))
        {
            return BookingRefusals.Violated([BookingRefusals.SlotTaken(start, end)]);
        }

        if (status == BookingStatus.InProgress)
        {
            booking.CheckIn(CheckInSources.Staff, booking.CheckInEvidence, now);
        }

        return (await desk.ReinstateAsync(booking, status, now, cancellationToken)).Refusal;
    }

    private static async Task<(DateTimeOffset Start, DateTimeOffset End)?> HolderAsync(ReservationsDb db, Booking booking, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindHolder, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.Add(new() { Value = booking.SpaceId });
        command.Parameters.Add(new() { Value = booking.UnitNo });
        command.Parameters.Add(new() { Value = booking.BlockedFrom });
        command.Parameters.Add(new() { Value = booking.BlockedUntil });
        command.Parameters.Add(new() { Value = booking.Id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.Instant(0), reader.Instant(1)) : null;
    }
}
