using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>DELETE /api-keys/:id. The row stays, so that its key can never be made again; the table tells every gateway.</summary>
internal static class RevokeApiKey
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, GatewayDb db, KeyRing keys, GatewayOptions options, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockKeysAsync(cancellationToken);

        // Locked until the end: of two who revoke at once, one gets 404.
        if (await db.LockedKeyAsync(id, cancellationToken) is not { } key)
        {
            return ApiKeyRefusals.NotFound.ToProblem();
        }

        await db.ApiKeys.Where(row => row.Id == key.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.RevokedAt, now), cancellationToken);

        if (key.CanMakeKeys(options, now) && await db.IsLockedOutAsync(options, now, cancellationToken))
        {
            return ApiKeyRefusals.LastAdmin.ToProblem();
        }

        await transaction.CommitAsync(CancellationToken.None);
        keys.Forget(id.Value);
        GatewayLog.KeyRevoked(log, id.Value);
        return TypedResults.NoContent();
    }
}
