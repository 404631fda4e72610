using System.Text.Json;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Bookings;

/// <summary>POST /bookings. The database, not this code, decides who wins a race for a slot. With ?dryRun=true it is only judged.</summary>
internal static class PlaceBooking
{
    /// <summary>The answer to a dry run that would have been a booking.</summary>
    internal sealed record Judged(bool Ok, bool DryRun, string Status, DateTimeOffset BlockedFrom, DateTimeOffset BlockedUntil, object[] Violations);

    internal static async Task<Results<Created<BookingRow>, Ok<Judged>, ProblemHttpResult>> Handle(
        BookingDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        PlacingGroups groups,
        ReservationsMetrics metrics,
        TimeProvider clock,
        IOptions<JsonOptions> json,
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
        var claim = KeyClaim.Of(context, now);

        if (QueryValues.Flag(context.Request.Query, "dryRun") is true)
        {
            var judged = await db.RehearseAsync(token => desk.JudgeAsync(wish, terms, now, token, claim), cancellationToken);
            return judged.IsRefused(out var no, out var slot)
                ? (await ExplainAsync(no, db, wish, terms, now, cancellationToken)).ToProblem()
                : TypedResults.Ok(new Judged(
                    Ok: true, DryRun: true, Booking.FirstStatus(wish, slot, terms, now), slot.BlockedFrom, slot.BlockedUntil, []));
        }

        var outcome = await groups.PlaceAsync(new Placing(wish, terms, now, claim, AnswerTo), cancellationToken) ?? await PlaceAloneAsync();

        if (outcome.IsRefused(out var refused, out var booking))
        {
            return (await ExplainAsync(refused, db, wish, terms, now, cancellationToken)).ToProblem();
        }

        metrics.Changed(booking.Status);
        metrics.Placed();
        EntityTag.Show(context, booking.Version);
        return TypedResults.Created(LocationOf(booking), BookingRow.Of(booking));

        Task<Outcome<Booking>> PlaceAloneAsync() => db.DecideTogetherAsync(
            async token =>
            {
                var decided = await desk.PlaceAsync(wish, terms, now, token, claim);

                if (claim is not null && !decided.IsRefused(out _, out var placed))
                {
                    KeyClaim.Keep(db.LastWord!, [(claim, AnswerTo(placed))], now);
                }

                return decided;
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        KeyClaim.Answer AnswerTo(Booking placed) => new(
            StatusCodes.Status201Created,
            LocationOf(placed),
            EntityTag.Of(placed.Version),
            JsonSerializer.SerializeToUtf8Bytes(BookingRow.Of(placed), json.Value.SerializerOptions));
    }

    private static string LocationOf(Booking booking) => $"/api/v1/bookings/{booking.Id}";

    private static async Task<Refusal> ExplainAsync(
        Refusal refusal, ReservationsDb db, BookingWish wish, Terms terms, DateTimeOffset now, CancellationToken cancellationToken) =>
        BookingRefusals.IsSlotTakenOnly(refusal)
            ? BookingRefusals.With(refusal, await Alternatives.FindAsync(db, wish, Seeker.New(terms.MayBePast), now, cancellationToken))
            : refusal;
}
