using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Bookings;

/// <summary>POST /bookings. The database, not this code, decides who wins a race for a slot.</summary>
internal static class PlaceBooking
{
    internal static async Task<Results<Created<BookingRow>, ProblemHttpResult>> Handle(
        BookingDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
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

        var (now, terms) = (clock.GetUtcNow(), new Terms(BookingSources.Api, caller.IsStaff));
        var outcome = await db.DecideAsync(token => desk.PlaceAsync(wish, terms, now, token), cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var booking))
        {
            return refused.ToProblem();
        }

        metrics.Placed();
        EntityTag.Show(context, booking.Version);
        return TypedResults.Created($"/api/v1/bookings/{booking.Id}", BookingRow.Of(booking));
    }
}
