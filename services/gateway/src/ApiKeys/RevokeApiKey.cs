using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>DELETE /api-keys/:id. The row stays, so that its key can never be made again; the table tells every gateway.</summary>
internal static class RevokeApiKey
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, GatewayDb db, KeyRing keys, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var hash = await db.ApiKeys.Where(key => key.Id == id.Value).Select(key => key.KeyHash).FirstOrDefaultAsync(cancellationToken);

        // One statement decides: of two who revoke at once, one gets 404.
        if (hash is null || await db.ApiKeys
            .Where(key => key.Id == id.Value && key.RevokedAt == null)
            .ExecuteUpdateAsync(key => key.SetProperty(row => row.RevokedAt, clock.GetUtcNow()), cancellationToken) == 0)
        {
            return ApiKeyRefusals.NotFound.ToProblem();
        }

        keys.Forget(KeyHash.From(hash));
        GatewayLog.KeyRevoked(log, id.Value);
        return TypedResults.NoContent();
    }
}
