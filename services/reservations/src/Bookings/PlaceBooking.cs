using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Bookings;

/// <summary>POST /bookings. The database, not this code, decides who wins a race for a slot.</summary>
internal static class PlaceBooking
{
    internal static async Task<Results<Created<BookingRow>, ProblemHttpResult>> Handle(
        BookingDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        IOptions<ReservationsOptions> policy,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (request.Read().IsRefused(out var malformed, out var wish))
        {
            return malformed.ToProblem();
        }

        if (!ClientScope.Of(caller).Covers(wish.ClientEmail))
        {
            return BookingRefusals.NotYourEmail.ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync(
            token => PlaceAsync(db, wish, caller.IsAdmin, policy.Value, now, token), cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        metrics.Placed();
        EntityTag.Show(context, row.Version);
        return TypedResults.Created($"/api/v1/bookings/{row.Id}", row);
    }

    private static async Task<Outcome<BookingRow>> PlaceAsync(
        ReservationsDb db, BookingWish wish, bool mayBePast, ReservationsOptions policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((await BookingRules.JudgeAsync(db, wish, self: default, mayBePast, policy, now, cancellationToken)).IsRefused(out var refusal, out var slot))
        {
            return refusal;
        }

        var booking = Booking.Place(wish, slot, now);
        db.Bookings.Add(booking);
        db.Say(booking.Placed());
        await db.SaveChangesAsync(cancellationToken);
        return BookingRow.Of(booking, slot.Space.Name);
    }
}
