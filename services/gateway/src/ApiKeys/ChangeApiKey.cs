using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>PATCH /api-keys/:id. Its secret and its role stay: the one is rotated, for the other a new key is made.</summary>
internal static class ChangeApiKey
{
    internal sealed record Request(Optional<string> Role, Optional<string> Label, Optional<string?[]> Scopes, Optional<DateTimeOffset?> ExpiresAt, Optional<KeyLimit> Limit)
    {
        internal KeyFields On(KeyFields before) =>
            new(Label.Or(before.Label), Scopes.IsGiven ? Scopes.Value : before.Scopes, ExpiresAt.Or(before.ExpiresAt), Limit.Or(before.Limit));
    }

    internal static async Task<Results<Ok<ListApiKeys.Row>, ProblemHttpResult>> Handle(
        RouteId id, Request request, GatewayDb db, KeyRing keys, GatewayOptions options, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockKeysAsync(cancellationToken);

        if (await db.LockedKeyAsync(id, cancellationToken) is not { } key)
        {
            return ApiKeyRefusals.NotFound.ToProblem();
        }

        var fields = request.On(key.Fields);

        if (Refuse(request, fields, now) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var couldMakeKeys = key.CanMakeKeys(options, now);
        key.Change(fields);
        await db.SaveChangesAsync(cancellationToken);

        if (couldMakeKeys && await db.IsLockedOutAsync(options, now, cancellationToken))
        {
            return ApiKeyRefusals.LastAdmin.ToProblem();
        }

        await transaction.CommitAsync(CancellationToken.None);
        keys.Forget(key.Id);
        GatewayLog.KeyChanged(log, key.Id);
        return TypedResults.Ok(ListApiKeys.Row.Of(key));
    }

    private static Refusal? Refuse(Request request, KeyFields fields, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string[]>();
        KeyFields.Check(errors, "role", !request.Role.IsGiven, "role cannot be changed: make another key");
        fields.Check(errors, isExpiryNew: request.ExpiresAt.IsGiven, now);
        return errors.Count == 0 ? null : ApiKeyRefusals.Invalid(errors);
    }
}
