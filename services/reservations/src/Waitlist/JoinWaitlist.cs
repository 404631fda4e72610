using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Waitlist;

/// <summary>POST /waitlist. Waits for what becomes free; what is free already is booked, not waited for.</summary>
internal static class JoinWaitlist
{
    internal static async Task<Results<Created<WaitlistRow>, ProblemHttpResult>> Handle(
        WaitlistDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();

        if (request.Read().IsRefused(out var malformed, out var wish))
        {
            return malformed.ToProblem();
        }

        if ((Refuse(wish, caller, now) ?? await RefuseAsync(wish, db, cancellationToken)) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var outcome = await db.DecideAsync<WaitlistEntry>(token => JoinAsync(wish, db, now, token), cancellationToken);

        if (outcome.IsRefused(out var full, out var entry))
        {
            return full.ToProblem();
        }

        EntityTag.Show(context, entry.Version);
        return TypedResults.Created($"/api/v1/waitlist/{entry.Id}", WaitlistRow.Of(entry));
    }

    private static async Task<Outcome<WaitlistEntry>> JoinAsync(WaitlistWish wish, ReservationsDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var entry = WaitlistEntry.Make(wish, now);

        // Those of one client come one after the other, so that each is counted; two clients that share a number merely wait for each other.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({"waitlist " + entry.ClientEmailKey}, 0))", cancellationToken);
        var open = await db.WaitlistEntries.CountAsync(
            other => other.ClientEmailKey == entry.ClientEmailKey
                && (other.Status == WaitlistEntry.Offered || (other.Status == WaitlistEntry.Waiting && other.ToTime > now)),
            cancellationToken);

        if (open >= WaitlistEntry.MaxOpenPerClient)
        {
            return WaitlistRefusals.TooMany;
        }

        db.WaitlistEntries.Add(entry);
        await db.SaveChangesAsync(cancellationToken);
        return entry;
    }

    private static Refusal? Refuse(WaitlistWish wish, Caller caller, DateTimeOffset now) =>
        !ClientScope.Of(caller).Covers(wish.ClientEmail) ? BookingRefusals.NotYourEmail
            : wish.Priority != 0 && !caller.IsAdmin ? WaitlistRefusals.PriorityForAdmins
            : wish.To.AddMinutes(-wish.Minutes) < now ? WaitlistRefusals.Past
            : null;

    // Reads that explain; what has changed when a time becomes free is judged then.
    private static async Task<Refusal?> RefuseAsync(WaitlistWish wish, ReservationsDb db, CancellationToken cancellationToken)
    {
        if (wish.LocationId is { } locationId && !await db.Locations.AnyAsync(location => location.Id == locationId && location.RemovedAt == null, cancellationToken))
        {
            return WaitlistRefusals.LocationNotFound;
        }

        var spaces = await db.Spaces.AsNoTracking()
            .Where(space => space.RemovedAt == null && (space.Id == wish.SpaceId || space.LocationId == wish.LocationId))
            .Select(space => new { space.Bookable, space.Active, space.Capacity })
            .ToListAsync(cancellationToken);

        return spaces.Count == 0 && wish.SpaceId is not null ? WaitlistRefusals.SpaceNotFound
            : !spaces.Any(space => space.Bookable && space.Active) ? WaitlistRefusals.NotBookable
            : !spaces.Any(space => space.Bookable && space.Active && space.Capacity >= (wish.Attendees ?? 1)) ? WaitlistRefusals.NobodyFits
            : null;
    }
}
