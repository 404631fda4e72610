namespace Coworking.Contracts;

/// <summary>A booking was placed: confirmed, pending or held, as its status says. In a snapshot: a booking that is alive, in its present state.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it happened (UTC).</param>
/// <param name="Version">Grows by one with each change of this booking.</param>
/// <param name="Booking">The state after the change.</param>
public sealed record BookingPlaced(Guid MessageId, DateTimeOffset OccurredAt, long Version, BookingFacts Booking);

/// <summary>A booking changed its time, its space or its details, was confirmed, or is confirmed again after it was a no-show; its status says which.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it happened (UTC).</param>
/// <param name="Version">Grows by one with each change of this booking.</param>
/// <param name="Booking">The state after the change.</param>
public sealed record BookingMoved(Guid MessageId, DateTimeOffset OccurredAt, long Version, BookingFacts Booking);

/// <summary>
/// A booking no longer holds its slot: cancelled (also a hold that was declined or has expired) or rejected (also a request that nobody answered before its
/// start), as its status says.
/// </summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it happened (UTC).</param>
/// <param name="Version">Grows by one with each change of this booking.</param>
/// <param name="Booking">The state after the change.</param>
public sealed record BookingCancelled(Guid MessageId, DateTimeOffset OccurredAt, long Version, BookingFacts Booking);

/// <summary>A booking became in_progress: the client has come, or a no-show was taken back.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it happened (UTC).</param>
/// <param name="Version">Grows by one with each change of this booking.</param>
/// <param name="Booking">The state after the change.</param>
public sealed record BookingStarted(Guid MessageId, DateTimeOffset OccurredAt, long Version, BookingFacts Booking);

/// <summary>A booking is over: completed or no_show, as its status says. A no-show may be taken back: BookingStarted or BookingMoved with a later version.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When it happened (UTC).</param>
/// <param name="Version">Grows by one with each change of this booking.</param>
/// <param name="Booking">The state after the change.</param>
public sealed record BookingEnded(Guid MessageId, DateTimeOffset OccurredAt, long Version, BookingFacts Booking);

/// <summary>A booking as other services need it; who the client is stays in reservations.</summary>
/// <param name="Id">The booking.</param>
/// <param name="SpaceId">The space it is for.</param>
/// <param name="LocationId">The location of that space.</param>
/// <param name="Start">First instant (UTC, inclusive).</param>
/// <param name="End">Last instant (UTC, exclusive).</param>
/// <param name="BlockedFrom">Start less the buffer before it (UTC).</param>
/// <param name="BlockedUntil">End plus the buffer after it (UTC).</param>
/// <param name="Status">held, pending, confirmed, in_progress, completed, cancelled, rejected or no_show.</param>
public sealed record BookingFacts(
    Guid Id,
    Guid SpaceId,
    Guid LocationId,
    DateTimeOffset Start,
    DateTimeOffset End,
    DateTimeOffset BlockedFrom,
    DateTimeOffset BlockedUntil,
    string Status);
