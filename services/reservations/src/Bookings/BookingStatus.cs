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

    // Live states are not left by themselves: each arrow is somebody's decision or a job's.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        [Held] = [Confirmed, Cancelled],
        [Pending] = [Confirmed, Rejected, Cancelled],
        [Confirmed] = [InProgress, Completed, Cancelled, NoShow],
        [InProgress] = [Completed, Cancelled],
    };

    /// <summary>True where a booking may go from one to the other. That a released no-show is taken back is no move of this table.</summary>
    internal static bool MayBecome(string from, string to) => Arrows.TryGetValue(from, out var targets) && targets.Contains(to);

    /// <summary>True where a booking of that status holds its slot.</summary>
    internal static bool IsBlocking(string status) => status == Completed || Live.Contains(status);

    /// <summary>The states that hold the slot, as the constraint bookings_no_overlap lists them; in the same words, or its index cannot answer.</summary>
    internal const string Blocking = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed')";

    /// <summary>The states that count for the weekly limit, as the index bookings_counted lists them.</summary>
    internal const string Counted = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed', 'no_show')";
}

/// <summary>By whom it was seen that a client has come.</summary>
internal static class CheckInSources
{
    internal const string Client = "client";
    internal const string Staff = "staff";
    internal const string Sensor = "sensor";
}

/// <summary>By what way a booking came.</summary>
internal static class BookingSources
{
    internal const string Api = "api";
    internal const string Console = "console";
    internal const string Series = "series";
    internal const string Waitlist = "waitlist";
}
