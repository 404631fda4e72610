using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>DELETE /calendar-feeds/:id. From now on its address leads nowhere.</summary>
internal static class RevokeCalendarFeed
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, ReservationsDb db, ILogger<CalendarFeed> log, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (scope, now) = (FeedScope.Of(caller), clock.GetUtcNow());
        var feeds = db.CalendarFeeds.Where(feed => feed.Id == id.Value && feed.RevokedAt == null);

        if (scope.Bookings.ClientKey is { } own)
        {
            feeds = feeds.Where(feed => feed.ClientEmailKey == own);
        }

        // One statement decides: of two who revoke at once, one gets 404.
        if (scope.IsNobody || await feeds.ExecuteUpdateAsync(feed => feed.SetProperty(row => row.RevokedAt, now), cancellationToken) == 0)
        {
            return CalendarFeedRefusals.NotFound.ToProblem();
        }

        log.CalendarFeedRevoked(id.Value);
        return TypedResults.NoContent();
    }
}
