using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Database;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>POST /api-keys. Its answer and that of rotating are the only ones that ever hold a key.</summary>
internal static class CreateApiKey
{
    internal const int MinKeyLength = 16;

    internal sealed record Request(
        [property: Required, AllowedValues(Roles.Admin, Roles.User)] string? Role,
        [property: StringLength(KeyFields.MaxLabel, MinimumLength = 1)] string? Label,
        [property: MaxLength(KeyScopes.MaxCount)] string?[]? Scopes,
        DateTimeOffset? ExpiresAt,
        KeyLimit? Limit,
        [property: StringLength(KeyHash.MaxKeyLength, MinimumLength = MinKeyLength)] string? Key)
    {
        internal KeyFields Fields => new(Label, Scopes, ExpiresAt, Limit);
    }

    internal sealed record Answer(Guid Id, string Key, string Role, string? Label, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, KeyLimit? Limit);

    internal static async Task<Results<Created<Answer>, ProblemHttpResult>> Handle(
        Request request, HttpResponse response, GatewayDb db, KeyRing keys, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();

        if (Refuse(request, now) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var (key, text) = ApiKey.Create(request.Role!, request.Fields, request.Key, now);
        db.ApiKeys.Add(key);

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.Violates(ApiKeyTable.HashOnce) || e.Violates(ApiKeyTable.NeverTwice))
        {
            return ApiKeyRefusals.Exists.ToProblem();
        }

        // Whoever tried the key on this gateway before it existed may use it at once.
        keys.Forget(KeyHash.Of(text));
        GatewayLog.KeyCreated(log, key.Id, key.Role);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/api-keys/{key.Id}", new Answer(key.Id, text, key.Role, key.Label, key.Scopes, key.CreatedAt, key.ExpiresAt, key.Fields.Limit));
    }

    private static Refusal? Refuse(Request request, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string[]>();
        KeyFields.Check(errors, "role", request.Role is Roles.Admin or Roles.User, "role must be ADMIN or USER");
        request.Fields.Check(errors, isExpiryNew: true, now);
        KeyFields.Check(errors, "key", request.Key is null || IsKey(request.Key), $"key must have {MinKeyLength} to {KeyHash.MaxKeyLength} visible ASCII characters");
        // Everybody knows them.
        KeyFields.Check(errors, "key", !DemoKeys.Contains(request.Key), "key must not be one of the published demo keys");
        return errors.Count == 0 ? null : ApiKeyRefusals.Invalid(errors);
    }

    private static bool IsKey(string key) => key.Length is >= MinKeyLength and <= KeyHash.MaxKeyLength && key.All(c => c is > ' ' and <= '~');
}
