using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Waitlist;

/// <summary>A time that is held for one who waits, until it is claimed, declined or expires. The hold itself is a booking.</summary>
internal sealed class WaitlistOffer
{
    internal const string Open = "open";
    internal const string Claimed = "claimed";
    internal const string Declined = "declined";
    internal const string Expired = "expired";

    private WaitlistOffer()
    {
    }

    public Guid Id { get; private init; }

    public Guid EntryId { get; private init; }

    public Guid BookingId { get; private init; }

    public Guid SpaceId { get; private init; }

    public DateTimeOffset StartTime { get; private init; }

    public DateTimeOffset EndTime { get; private init; }

    public byte[] TokenHash { get; private init; } = [];

    public string Status { get; private set; } = Open;

    public DateTimeOffset HeldUntil { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset? AnsweredAt { get; private set; }

    internal static WaitlistOffer Make(WaitlistEntry entry, Booking hold, OfferToken token, DateTimeOffset heldUntil, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        EntryId = entry.Id,
        BookingId = hold.Id,
        SpaceId = hold.SpaceId,
        StartTime = hold.StartTime,
        EndTime = hold.EndTime,
        TokenHash = token.Hash,
        HeldUntil = heldUntil,
        CreatedAt = now,
    };

    internal void Become(string status, DateTimeOffset now) => (Status, AnsweredAt) = (status, now);
}
