using Coworking.Hosting.Http;

namespace Coworking.Reservations.Waitlist;

/// <summary>Somebody who waits for a time in a space, or in any space of a location.</summary>
internal sealed class WaitlistEntry
{
    internal const string Waiting = "waiting";

    /// <summary>A time is held for the waiter, who has not answered yet.</summary>
    internal const string Offered = "offered";

    /// <summary>The waiter has taken what was offered.</summary>
    internal const string Served = "served";

    internal const string Withdrawn = "withdrawn";

    /// <summary>What was waited for is past.</summary>
    internal const string Lapsed = "lapsed";

    internal static readonly string[] Statuses = [Waiting, Offered, Served, Withdrawn, Lapsed];

    /// <summary>Of one client at a time. Nobody has use for more rooms to come; each is looked at in the transaction of whoever gives up a time that fits it.</summary>
    internal const int MaxOpenPerClient = 20;

    private WaitlistEntry()
    {
    }

    public Guid Id { get; private init; }

    /// <summary>Given by the database: among equals of priority the lower one was here before.</summary>
    public long Place { get; private init; }

    /// <summary>Null where any space of the location will do.</summary>
    public Guid? SpaceId { get; private init; }

    public Guid? LocationId { get; private init; }

    public string ClientEmail { get; private init; } = "";

    public string ClientEmailKey { get; private init; } = "";

    public string? ClientName { get; private init; }

    public DateTimeOffset FromTime { get; private init; }

    public DateTimeOffset ToTime { get; private init; }

    public int Minutes { get; private init; }

    public int? Attendees { get; private init; }

    public int Priority { get; private init; }

    public string Status { get; private set; } = Waiting;

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    internal static WaitlistEntry Make(WaitlistWish wish, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        SpaceId = wish.SpaceId,
        LocationId = wish.LocationId,
        ClientEmail = wish.ClientEmail,
        ClientEmailKey = EmailAddress.Key(wish.ClientEmail),
        ClientName = wish.ClientName,
        FromTime = wish.From,
        ToTime = wish.To,
        Minutes = wish.Minutes,
        Attendees = wish.Attendees,
        Priority = wish.Priority,
        Version = 1,
        CreatedAt = now,
        UpdatedAt = now,
    };

    internal void Become(string status, DateTimeOffset now) => (Status, Version, UpdatedAt) = (status, Version + 1, now);
}
