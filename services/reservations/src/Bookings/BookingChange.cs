using Coworking.Contracts;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>What happens to bookings.</summary>
internal enum BookingEvent
{
    /// <summary>A new booking, confirmed or waiting for approval.</summary>
    Placed,

    /// <summary>Another time, space or detail.</summary>
    Moved,

    /// <summary>A hold was claimed, or staff approved.</summary>
    Confirmed,

    /// <summary>Staff refused what waited for approval.</summary>
    Rejected,

    /// <summary>The client has come.</summary>
    Started,

    /// <summary>It is over.</summary>
    Completed,

    /// <summary>The client or staff gave it up.</summary>
    Cancelled,

    /// <summary>A no-show; its slot is free from now on.</summary>
    Released,

    /// <summary>A no-show that was none after all.</summary>
    Reinstated,

    /// <summary>A new booking that is held for somebody for a while.</summary>
    Held,

    /// <summary>A hold that nobody claimed, or an approval that did not come before the start.</summary>
    Expired,
}

/// <summary>
/// What must commit together with a change of a booking; registered by the folder that depends on it, as singleton or scoped, and run in the order of
/// registration. What it adds to the database is saved after the last step. Where a slot was freed the change is saved before the first step, so that
/// a step may give the slot away through the desk. A step neither commits nor saves for others, and has no effect outside the database.
/// </summary>
internal delegate Task BookingStep(BookingChange change, CancellationToken cancellationToken);

/// <summary>A change of a booking.</summary>
/// <param name="Db">Within the transaction of the change.</param>
/// <param name="Booking">After the change.</param>
/// <param name="Event">What happened.</param>
/// <param name="Freed">What this change made free; null where it freed nothing.</param>
/// <param name="Reason">In the words of who caused it; may be null.</param>
/// <param name="Now">When.</param>
/// <param name="Previous">The facts before a move; else null.</param>
/// <param name="PreviousClient">Whose it was before a move that gave it to another client; else null.</param>
internal sealed record BookingChange(
    ReservationsDb Db,
    Booking Booking,
    BookingEvent Event,
    FreedSlot? Freed,
    string? Reason,
    DateTimeOffset Now,
    BookingFacts? Previous = null,
    string? PreviousClient = null);

/// <summary>Time of a space that nobody blocks any more, buffers included.</summary>
/// <param name="SpaceId">The space.</param>
/// <param name="From">The first free instant.</param>
/// <param name="Until">The first instant after it.</param>
/// <param name="LocationId">The location of the space.</param>
internal sealed record FreedSlot(Guid SpaceId, DateTimeOffset From, DateTimeOffset Until, Guid LocationId)
{
    /// <summary>What of the time that a booking held is free now; null where nothing is, or all of it is past.</summary>
    internal static FreedSlot? Of(BookingFacts before, Booking after, DateTimeOffset now)
    {
        var (from, until) = (before.BlockedFrom, before.BlockedUntil);

        if (!BookingStatus.IsBlocking(before.Status))
        {
            return null;
        }

        if (BookingStatus.IsBlocking(after.Status) && after.SpaceId == before.SpaceId && after.BlockedFrom < until && after.BlockedUntil > from)
        {
            // Shrunk at both ends it frees two spans; the whole is named then, and whoever takes from it finds what is left.
            var (keepsStart, keepsEnd) = (after.BlockedFrom <= from, after.BlockedUntil >= until);
            (from, until) = (keepsStart ? after.BlockedUntil : from, keepsEnd ? after.BlockedFrom : until);
        }

        from = from < now ? now : from;
        return from < until ? new FreedSlot(before.SpaceId, from, until, before.LocationId) : null;
    }
}

/// <summary>On what terms a booking is placed or moved.</summary>
/// <param name="Source">api, console, series or waitlist.</param>
/// <param name="MayBePast">For staff: neither a start in the past nor a short lead is an objection.</param>
/// <param name="Status">held; null: as the policy says, pending or confirmed.</param>
/// <param name="SeriesId">The series it is of.</param>
/// <param name="HeldUntil">When a hold lapses.</param>
/// <param name="SeriesOriginalStart">The start that the series gives it.</param>
internal sealed record Terms(
    string Source,
    bool MayBePast,
    string? Status = null,
    Guid? SeriesId = null,
    DateTimeOffset? HeldUntil = null,
    DateTimeOffset? SeriesOriginalStart = null);
