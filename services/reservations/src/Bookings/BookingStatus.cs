namespace Coworking.Reservations.Bookings;

/// <summary>Where a booking stands.</summary>
internal static class BookingStatus
{
    internal const string Held = "held";
    internal const string Pending = "pending";
    internal const string Confirmed = "confirmed";
    internal const string InProgress = "in_progress";
    internal const string Completed = "completed";
    internal const string Cancelled = "cancelled";
    internal const string Rejected = "rejected";
    internal const string NoShow = "no_show";

    internal static readonly string[] All = [Held, Pending, Confirmed, InProgress, Completed, Cancelled, Rejected, NoShow];

    /// <summary>Still to be used.</summary>
    internal static readonly string[] Live = [Held, Pending, Confirmed, InProgress];

    /// <summary>The states that hold the slot, as the constraint bookings_no_overlap lists them; in the same words, or its index cannot answer.</summary>
    internal const string Blocking = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed')";

    /// <summary>The states that count for the weekly limit, as the index bookings_counted lists them.</summary>
    internal const string Counted = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed', 'no_show')";
}
