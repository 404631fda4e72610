using Coworking.Contracts;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Bookings;

/// <summary>A client's claim on a space for a time. Cancelled ones stay as history.</summary>
internal sealed class Booking
{
    private Booking()
    {
    }

    public Guid Id { get; private init; }

    public Guid SpaceId { get; private set; }

    public Guid LocationId { get; private set; }

    /// <summary>Which of several equal units of the space; there is one so far.</summary>
    public int UnitNo { get; private init; } = Slot.OnlyUnit;

    public string ClientEmail { get; private set; } = "";

    /// <summary>What two spellings of the e-mail have in common.</summary>
    public string ClientEmailKey { get; private set; } = "";

    public string? ClientName { get; private set; }

    public string? Company { get; private set; }

    public string? Phone { get; private set; }

    public string? Inquiry { get; private set; }

    public int? Attendees { get; private set; }

    public DateOnly BookingDate { get; private set; }

    public DateTimeOffset StartTime { get; private set; }

    public DateTimeOffset EndTime { get; private set; }

    /// <summary>Start and end with the buffers that the space had when this was written.</summary>
    public DateTimeOffset BlockedFrom { get; private set; }

    public DateTimeOffset BlockedUntil { get; private set; }

    /// <summary>Monday of the ISO week that this counts for, in the zone that the location had when this was written.</summary>
    public DateOnly WeekStart { get; private set; }

    public string Status { get; private set; } = BookingStatus.Confirmed;

    public Guid? SeriesId { get; private init; }

    public long Version { get; private set; }

    public DateTimeOffset? CheckedInAt { get; private set; }

    public string Source { get; private init; } = "api";

    /// <summary>Version of the policy it was judged by; 0 is the default policy.</summary>
    public int PolicyVersion { get; private set; }

    /// <summary>The mail server took the news of it for the client.</summary>
    public bool ConfirmationSent { get; private init; }

    /// <summary>The mail server took a reminder of its present time.</summary>
    public bool ReminderSent { get; private set; }

    /// <summary>When the client is to be reminded next; null: no more.</summary>
    public DateTimeOffset? NextReminderAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    internal static Booking Place(BookingWish wish, Slot slot, DateTimeOffset now)
    {
        var booking = new Booking { Id = Guid.CreateVersion7(now), CreatedAt = now };
        booking.Move(wish, slot, now);
        return booking;
    }

    internal void Move(BookingWish wish, Slot slot, DateTimeOffset now)
    {
        (SpaceId, LocationId) = (slot.Space.Id, slot.Space.LocationId);
        (ClientEmail, ClientEmailKey) = (wish.ClientEmail, EmailAddress.Key(wish.ClientEmail));
        (ClientName, Company, Phone, Inquiry, Attendees) = (wish.ClientName, wish.Company, wish.Phone, wish.Inquiry, wish.Attendees);
        (StartTime, EndTime, BlockedFrom, BlockedUntil) = (wish.Start, wish.End, slot.BlockedFrom, slot.BlockedUntil);
        (BookingDate, WeekStart) = (slot.Day, slot.Week);
        Touch(now);
    }

    /// <summary>Its time is new, or it became or ceased to be what one is reminded of.</summary>
    internal void RemindAt(DateTimeOffset? next, bool isNewTime) => (NextReminderAt, ReminderSent) = (next, ReminderSent && !isNewTime);

    /// <summary>Its space now stands elsewhere.</summary>
    internal void Relocate(Guid locationId, DateTimeOffset now)
    {
        LocationId = locationId;
        Touch(now);
    }

    internal void Cancel(DateTimeOffset now)
    {
        Status = BookingStatus.Cancelled;
        Touch(now);
    }

    internal BookingPlaced Placed() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingMoved Moved() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingCancelled Cancelled() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    private BookingFacts Facts() => new(Id, SpaceId, LocationId, StartTime, EndTime, BlockedFrom, BlockedUntil, Status);

    private void Touch(DateTimeOffset now) => (Version, UpdatedAt) = (Version + 1, now);
}
