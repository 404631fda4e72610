using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>POST /calendar-feeds. The only answer that ever holds the address.</summary>
internal static class CreateCalendarFeed
{
    internal sealed record Request(
        [property: Format("uuid")] string? SpaceId,
        [property: Format("email"), StringLength(254)] string? ClientEmail);

    internal sealed record Answer(Guid Id, Guid? SpaceId, string? ClientEmail, string Url, string CreatedBy, DateTimeOffset CreatedAt);

    internal static async Task<Results<Created<Answer>, ProblemHttpResult>> Handle(
        Request request,
        Caller caller,
        HttpResponse response,
        ReservationsDb db,
        ILogger<CalendarFeed> log,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (Read(request, caller).IsRefused(out var refusal, out var owner))
        {
            return refusal.ToProblem();
        }

        var (now, token) = (clock.GetUtcNow(), FeedToken.Create());
        var outcome = await db.DecideAsync<CalendarFeed>(
            async stop =>
            {
                // Under its lock, so that a space that goes takes no new address with it.
                if (owner.SpaceId is { } spaceId && await db.LockSpaceAsync(spaceId, stop) is null)
                {
                    return CalendarFeedRefusals.SpaceNotFound;
                }

                var feed = owner.SpaceId is { } space
                    ? CalendarFeed.OfSpace(space, token, caller.Subject, now)
                    : CalendarFeed.OfClient(owner.ClientEmail!, token, caller.Subject, now);
                db.CalendarFeeds.Add(feed);
                await db.SaveChangesAsync(stop);
                return feed;
            },
            cancellationToken);

        if (outcome.IsRefused(out var refused, out var kept))
        {
            return refused.ToProblem();
        }

        log.CalendarFeedCreated(kept.Id, kept.SpaceId is null ? "a client" : "a space");
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            $"/api/v1/calendar-feeds/{kept.Id}", new Answer(kept.Id, kept.SpaceId, kept.ClientEmail, kept.Address(token), kept.CreatedBy, kept.CreatedAt));
    }

    private static Outcome<Owner> Read(Request request, Caller caller)
    {
        var scope = FeedScope.Of(caller);

        if ((request.SpaceId is null) == (request.ClientEmail is null))
        {
            return CalendarFeedRefusals.EitherSpaceOrClient;
        }

        var fields = new FieldErrors();
        var email = request.ClientEmail?.Trim();
        var spaceId = request.SpaceId is null ? (Guid?)null : fields.Uuid("spaceId", request.SpaceId);
        fields.Require(email is null || EmailAddress.IsValid(email), "clientEmail", "Invalid email");

        if (fields.Refusal is { } refusal)
        {
            return refusal;
        }

        return (email is null ? scope.CoversSpaces : scope.Covers(email)) ? new Owner(spaceId, email) : CalendarFeedRefusals.NotYours;
    }

    private sealed record Owner(Guid? SpaceId, string? ClientEmail);
}
