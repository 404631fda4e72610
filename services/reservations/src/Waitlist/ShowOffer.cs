using Coworking.Reservations.Database;

namespace Coworking.Reservations.Waitlist;

/// <summary>GET /waitlist/offers/:token. A page for people, JSON for programs that ask for it; changes nothing.</summary>
internal static class ShowOffer
{
    internal static async Task<IResult> Handle(string token, HttpContext context, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        OfferPage.KeepSecret(context);
        var offer = OfferToken.Parse(token) is { } secret ? await OfferRow.FindAsync(db, secret, cancellationToken) : null;
        var refusal = offer is null ? WaitlistRefusals.OfferNotFound : WaitlistRefusals.Answered(offer.Status, offer.HeldUntil, clock.GetUtcNow());

        return OfferPage.IsUnwanted(context.Request)
            ? refusal is null ? TypedResults.Ok(offer) : refusal.ToProblem()
            : refusal is null ? OfferPage.Of(offer!, token, context) : OfferPage.Refused(refusal, context);
    }
}
