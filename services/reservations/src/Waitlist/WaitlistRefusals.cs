using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Waitlist;

/// <summary>Every "no" about the waitlist and its offers.</summary>
internal static class WaitlistRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "waitlist.not_found", "Waitlist entry not found");

    internal static Refusal SpaceNotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal LocationNotFound { get; } = new(StatusCodes.Status404NotFound, "location.not_found", "Location not found");

    internal static Refusal NotBookable { get; } = new(StatusCodes.Status409Conflict, "waitlist.not_bookable", "Nothing that could be booked is waited for: the space cannot be booked");

    internal static Refusal NobodyFits { get; } = Refusal.Field("attendees", "No space that is waited for holds so many people");

    internal static Refusal Past { get; } = Refusal.Field("to", "to must not be so early that nothing can begin any more");

    internal static Refusal PriorityForAdmins { get; } = new(StatusCodes.Status403Forbidden, "waitlist.priority_for_admins", "Only an ADMIN gives priority");

    internal static Refusal Over { get; } = new(StatusCodes.Status409Conflict, "waitlist.over", "The entry waits no more");

    internal static Refusal TooMany { get; } = new(
        StatusCodes.Status409Conflict, "waitlist.too_many", $"The client waits for {WaitlistEntry.MaxOpenPerClient} times already; withdraw one first");

    internal static Refusal OfferNotFound { get; } = new(StatusCodes.Status404NotFound, "waitlist.offer_not_found", "Offer not found");

    internal static Refusal OfferExpired { get; } = new(StatusCodes.Status410Gone, "waitlist.offer_expired", "The offer has expired; the time was passed on");

    internal static Refusal OfferClaimed { get; } = new(StatusCodes.Status409Conflict, "waitlist.offer_claimed", "The offer has been claimed already; the time is booked");

    internal static Refusal OfferDeclined { get; } = new(StatusCodes.Status409Conflict, "waitlist.offer_declined", "The offer has been declined already");

    internal static Refusal Stale(long version) =>
        new(StatusCodes.Status412PreconditionFailed, "waitlist.stale", $"The entry has changed since you read it; its version is {version}");

    /// <summary>Why an offer can be answered no more; null while it can.</summary>
    internal static Refusal? Answered(string status, DateTimeOffset heldUntil, DateTimeOffset now) => status switch
    {
        WaitlistOffer.Claimed => OfferClaimed,
        WaitlistOffer.Declined => OfferDeclined,
        // Expired by the clock, whether or not anybody has cleared it away yet.
        _ => status == WaitlistOffer.Expired || heldUntil <= now ? OfferExpired : null,
    };
}
