namespace Coworking.Reservations.Calendars;

/// <summary>A calendar file.</summary>
/// <param name="Events">In the order in which they are written.</param>
/// <param name="Method">Of a message, e.g. REQUEST; null for a file that is published.</param>
/// <param name="Name">Shown by readers that subscribe; null for none.</param>
/// <param name="RefreshEvery">How often a subscriber should ask; null for no advice.</param>
internal sealed record CalendarFile(IReadOnlyList<CalendarEvent> Events, string? Method = null, string? Name = null, TimeSpan? RefreshEvery = null)
{
    internal const string MediaType = "text/calendar; charset=utf-8";
}

/// <summary>A claim on somebody's time.</summary>
/// <param name="Uid">The same through all changes; see <see cref="UidOf"/>.</param>
/// <param name="Sequence">Grows with each change, so that readers keep the newest.</param>
/// <param name="StampedAt">When this state came to be, so that the same state is the same text.</param>
/// <param name="Start">Any offset.</param>
/// <param name="End">After the start.</param>
/// <param name="Zone">In which a reader shows both.</param>
/// <param name="Status">One of <see cref="EventStatus"/>.</param>
/// <param name="Summary">One line.</param>
internal sealed record CalendarEvent(
    string Uid, long Sequence, DateTimeOffset StampedAt, DateTimeOffset Start, DateTimeOffset End, TimeZoneInfo Zone, string Status, string Summary)
{
    internal string? Location { get; init; }

    internal string? Description { get; init; }

    internal CalendarPerson? Organizer { get; init; }

    internal IReadOnlyList<CalendarPerson> Attendees { get; init; } = [];

    /// <summary>How long before the start a reader reminds.</summary>
    internal IReadOnlyList<TimeSpan> AlarmsBefore { get; init; } = [];

    /// <summary>The UID of a booking in every feed and every mail.</summary>
    internal static string UidOf(Guid bookingId) => $"{bookingId}@coworking";
}

/// <summary>Somebody by e-mail address.</summary>
/// <param name="Email">A dot-atom, @ and a domain.</param>
/// <param name="Name">Null where unknown.</param>
internal sealed record CalendarPerson(string Email, string? Name = null);

/// <summary>STATUS of an event (RFC 5545, 3.8.1.11).</summary>
internal static class EventStatus
{
    internal const string Confirmed = "CONFIRMED";
    internal const string Tentative = "TENTATIVE";
    internal const string Cancelled = "CANCELLED";
}
