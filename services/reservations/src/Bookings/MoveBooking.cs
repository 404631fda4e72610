using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>PATCH /bookings/:id. Every rule is judged again on the result, which is no rival of itself; a status is taken after that, by a legal move.</summary>
internal static class MoveBooking
{
    internal sealed record Request(
        [property: Format("uuid")] Optional<string> SpaceId,
        [property: Format("email"), StringLength(254)] Optional<string> ClientEmail,
        Optional<string> BookingDate,
        [property: Format("date-time")] Optional<string> StartTime,
        [property: Format("date-time")] Optional<string> EndTime,
        [property: StringLength(200)] Optional<string> ClientName,
        [property: StringLength(200)] Optional<string> Company,
        [property: StringLength(50)] Optional<string> Phone,
        [property: StringLength(2000)] Optional<string> Inquiry,
        [property: Range(1, int.MaxValue)] Optional<int?> Attendees,
        [property: AllowedValues(BookingStatus.Held, BookingStatus.Pending, BookingStatus.Confirmed, BookingStatus.InProgress, BookingStatus.Completed, BookingStatus.Cancelled, BookingStatus.Rejected, BookingStatus.NoShow)] Optional<string> Status);

    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (request.Status.IsGiven && !BookingStatus.All.Contains(request.Status.Value))
        {
            return Refusal.Field("status", $"status must be one of {string.Join(", ", BookingStatus.All)}").ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync(
            token => MoveAsync(id, request, caller, context, db, desk, now, token), cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return (await ExplainAsync(refused, id, request, caller, db, now, cancellationToken)).ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    private static async Task<Outcome<BookingRow>> MoveAsync(
        Guid id,
        Request request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        // What is cancelled is hidden, unless somebody wants to revive it: that is refused by name.
        var found = request.Status.IsGiven ? await db.LockAnyBookingAsync(id, cancellationToken) : await db.LockBookingAsync(id, cancellationToken);

        if (found is not { } booking || !ClientScope.Of(caller).Covers(booking.ClientEmail))
        {
            return BookingRefusals.NotFound;
        }

        if (!EntityTag.Matches(context, booking.Version))
        {
            return BookingRefusals.Stale(booking.Version);
        }

        var present = BookingDetails.Of(booking);
        var wanted = Over(present, request);

        if (wanted.Read().IsRefused(out var malformed, out var wish))
        {
            return malformed;
        }

        if (!ClientScope.Of(caller).Covers(wish.ClientEmail))
        {
            return BookingRefusals.NotYourEmail;
        }

        if (booking.Status == BookingStatus.Cancelled)
        {
            return BookingRefusals.IllegalTransition(booking.Status, request.Status.Value!);
        }

        if (wanted != present
            && (await desk.MoveAsync(booking, wish, new Terms(booking.Source, caller.IsStaff), now, cancellationToken)).IsRefused(out var refusal, out _))
        {
            return refusal;
        }

        if (request.Status is { IsGiven: true, Value: { } status } && status != booking.Status
            && await TurnBooking.TurnAsync(db, desk, booking, status, caller, reason: null, now, cancellationToken) is { } illegal)
        {
            return illegal;
        }

        return await BookingRow.OfAsync(booking, db, cancellationToken);
    }

    private static async Task<Refusal> ExplainAsync(
        Refusal refusal, Guid id, Request request, Caller caller, ReservationsDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Read anew: in a decision that a rival undid it was moved already.
        if (!BookingRefusals.IsSlotTakenOnly(refusal)
            || await db.Bookings.AsNoTracking().FirstOrDefaultAsync(booking => booking.Id == id, cancellationToken) is not { } booking
            || Over(BookingDetails.Of(booking), request).Read().IsRefused(out _, out var wish))
        {
            return refusal;
        }

        var seeker = await MoveRules.SeekerAsync(db, booking, new Terms(booking.Source, caller.IsStaff), now, cancellationToken);
        return BookingRefusals.With(refusal, await Alternatives.FindAsync(db, wish, seeker, now, cancellationToken));
    }

    private static BookingDetails Over(BookingDetails present, Request request) => new(
        request.SpaceId.Or(present.SpaceId),
        request.ClientEmail.Or(present.ClientEmail),
        request.BookingDate.Or(present.BookingDate),
        request.StartTime.Or(present.StartTime),
        request.EndTime.Or(present.EndTime),
        request.ClientName.Or(present.ClientName),
        request.Company.Or(present.Company),
        request.Phone.Or(present.Phone),
        request.Inquiry.Or(present.Inquiry),
        request.Attendees.Or(present.Attendees));
}
