using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Messaging;

/// <summary>POST /admin/republish. Asks every owner, this service among them, to say its present state again.</summary>
internal static class Republish
{
    internal sealed record Asked(Guid MessageId, DateTimeOffset RequestedAt);

    private static readonly Operation Said = new("Asks every owner to say its present state again")
    {
        Description = "For consumers that have lost something; nothing changes.",
        Gives = """{"messageId":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a70","requestedAt":"2099-01-02T10:00:00.000Z"}""",
    };

    internal static void MapRepublish(this IEndpointRouteBuilder api) => api.MapPost("/admin/republish", Handle).AdminOnly().WithTags("Administration").Described(Said);

    private static async Task<Accepted<Asked>> Handle(Caller caller, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var message = new SnapshotRequested(Guid.CreateVersion7(now), now, $"{caller.Kind} {caller.Subject}");
        db.Say(message);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Accepted((string?)null, new Asked(message.MessageId, now));
    }
}
