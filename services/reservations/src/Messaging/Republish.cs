using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Messaging;

/// <summary>POST /admin/republish. Asks every owner, this service among them, to say its present state again.</summary>
internal static class Republish
{
    internal sealed record Asked(Guid MessageId, DateTimeOffset RequestedAt);

    internal static void MapRepublish(this IEndpointRouteBuilder api) => api.MapPost("/admin/republish", Handle).AdminOnly().WithTags("Administration");

    private static async Task<Accepted<Asked>> Handle(Caller caller, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var message = new SnapshotRequested(Guid.CreateVersion7(now), now, $"{caller.Kind} {caller.Subject}");
        db.Say(message);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Accepted((string?)null, new Asked(message.MessageId, now));
    }
}
