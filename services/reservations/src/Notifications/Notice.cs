using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Notifications;

/// <summary>Something that people and webhooks are to be told. It commits with the change that it tells of.</summary>
internal sealed class Notice
{
    private Notice()
    {
    }

    /// <summary>What makes it one: a second of the same key is the same news.</summary>
    public string Key { get; private init; } = "";

    /// <summary>One of <see cref="NoticeKinds"/>.</summary>
    public string Kind { get; private init; } = "";

    /// <summary>Whose contacts are told.</summary>
    public Guid? LocationId { get; private init; }

    /// <summary>The facts as they were then, as JSON.</summary>
    public string Payload { get; private init; } = "";

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>When it was made into mails and deliveries.</summary>
    public DateTimeOffset? SpreadAt { get; private init; }

    internal static Notice Of(string key, string kind, Guid? locationId, object payload, DateTimeOffset now) => new()
    {
        Key = key,
        Kind = kind,
        LocationId = locationId,
        Payload = JsonSerializer.Serialize(payload, payload.GetType(), JsonSetup.Wire),
        CreatedAt = now,
    };
}

/// <summary>A booking as it is told.</summary>
internal sealed record BookingNotice(
    Guid BookingId,
    Guid SpaceId,
    Guid LocationId,
    string Status,
    long Version,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    string ClientEmail,
    string? ClientName,
    string? Company,
    string? Phone,
    string? Inquiry,
    int? Attendees,
    Guid? SeriesId)
{
    /// <summary>Why, where somebody gave a reason.</summary>
    public string? Reason { get; init; }

    /// <summary>The location that it went to, of a booking that left one or was passed on.</summary>
    public Guid? NowAt { get; init; }

    /// <summary>Who has it there, likewise; told to nobody, so that it takes nothing out of a calendar that is to keep it.</summary>
    public string? NowWith { get; init; }

    /// <summary>Where it was before a move.</summary>
    public TimeBefore? Before { get; init; }

    /// <summary>Where an offer is taken or declined. Whoever knows it may, so it goes to the client alone.</summary>
    public string? Link { get; init; }

    /// <summary>Until when an offer stands.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    internal static BookingNotice Of(Booking booking) => new(
        booking.Id,
        booking.SpaceId,
        booking.LocationId,
        booking.Status,
        booking.Version,
        booking.StartTime,
        booking.EndTime,
        booking.ClientEmail,
        booking.ClientName,
        booking.Company,
        booking.Phone,
        booking.Inquiry,
        booking.Attendees,
        booking.SeriesId);

    /// <summary>A time that holds no more.</summary>
    internal sealed record TimeBefore(DateTimeOffset StartTime, DateTimeOffset EndTime);
}

/// <summary>An alert as it is told.</summary>
/// <param name="SpaceId">The space it is about.</param>
/// <param name="Version">Of the alert.</param>
/// <param name="Alert">Its state.</param>
/// <param name="Level">Of an escalation.</param>
/// <param name="Reason">Of a resolution.</param>
/// <param name="Note">Of a person who resolved it.</param>
internal sealed record AlertNotice(Guid SpaceId, long Version, AlertFacts Alert, int? Level = null, string? Reason = null, string? Note = null);

/// <summary>A webhook that was switched off.</summary>
internal sealed record WebhookNotice(Guid WebhookId, string Url, string Reason);
