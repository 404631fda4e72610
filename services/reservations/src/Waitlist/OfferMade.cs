using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Waitlist;

/// <summary>What other folders do in the transaction that makes an offer, such as telling the waiter. Registered in the container.</summary>
internal delegate Task OfferMade(ReservationsDb db, MadeOffer offer, CancellationToken cancellationToken);

/// <summary>An offer as the waiter must hear of it.</summary>
/// <param name="EntryId">The entry of the waitlist.</param>
/// <param name="Hold">The booking that holds the time.</param>
/// <param name="HeldUntil">When it is passed on without an answer.</param>
/// <param name="Link">Where it is answered; carries the secret, so it is for the waiter alone.</param>
/// <param name="Now">When it was made.</param>
internal sealed record MadeOffer(Guid EntryId, Booking Hold, DateTimeOffset HeldUntil, string Link, DateTimeOffset Now);
