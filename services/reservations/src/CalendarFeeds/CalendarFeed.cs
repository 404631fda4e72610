using Coworking.Hosting.Http;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>A secret address under which calendars read the bookings of a space or of a client. Who knows it, reads; so it can be revoked.</summary>
internal sealed class CalendarFeed
{
    private CalendarFeed()
    {
    }

    public Guid Id { get; private init; }

    /// <summary>Either this or a client.</summary>
    public Guid? SpaceId { get; private init; }

    public string? ClientEmail { get; private init; }

    public string? ClientEmailKey { get; private init; }

    /// <summary>SHA-256 of the token, which nobody keeps but its owner.</summary>
    public byte[] TokenHash { get; private init; } = [];

    /// <summary>Subject of the key or account that asked for it.</summary>
    public string CreatedBy { get; private init; } = "";

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset? RevokedAt { get; private init; }

    /// <summary>Path and query of the calendar.</summary>
    internal string Address(string token) => SpaceId is { } space ? $"/api/v1/spaces/{space}/calendar.ics?token={token}" : $"/api/v1/calendar.ics?token={token}";

    internal static CalendarFeed OfSpace(Guid spaceId, string token, string createdBy, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        SpaceId = spaceId,
        TokenHash = FeedToken.Hash(token),
        CreatedBy = createdBy,
        CreatedAt = now,
    };

    internal static CalendarFeed OfClient(string email, string token, string createdBy, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        ClientEmail = email,
        ClientEmailKey = EmailAddress.Key(email),
        TokenHash = FeedToken.Hash(token),
        CreatedBy = createdBy,
        CreatedAt = now,
    };
}
