using Coworking.Gateway.Database;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>POST /api-keys. The only answer that ever holds a key.</summary>
internal static class CreateApiKey
{
    internal const int MinKeyLength = 16;

    internal sealed record Request(string? Role, string? Label, string?[]? Scopes, DateTimeOffset? ExpiresAt, string? Key);

    internal sealed record Answer(Guid Id, string Key, string Role, string? Label, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

    internal static async Task<Results<Created<Answer>, ProblemHttpResult>> Handle(
        Request request, HttpResponse response, GatewayDb db, KeyRing keys, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();

        if (Refuse(request, now) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var (key, text) = ApiKey.Create(request.Role!, request.Label, [.. (request.Scopes ?? []).OfType<string>().Distinct()], request.ExpiresAt, request.Key, now);
        db.ApiKeys.Add(key);

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.Violates(ApiKeyTable.HashOnce))
        {
            return ApiKeyRefusals.Exists.ToProblem();
        }

        // Whoever tried the key on this gateway before it existed may use it at once.
        keys.Forget(KeyHash.Of(text));
        GatewayLog.KeyCreated(log, key.Id, key.Role);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/api-keys/{key.Id}", new Answer(key.Id, text, key.Role, key.Label, key.Scopes, key.CreatedAt, key.ExpiresAt));
    }

    private static Refusal? Refuse(Request request, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string[]>();
        Check(errors, "role", request.Role is Roles.Admin or Roles.User, "role must be ADMIN or USER");
        Check(errors, "label", request.Label is null or { Length: >= 1 and <= 200 } && request.Label?.Contains('\0') != true, "label must have 1 to 200 characters");
        Check(errors, "scopes", request.Scopes is null || (request.Scopes.Length <= KeyScopes.MaxCount && Array.TrueForAll(request.Scopes, KeyScopes.IsWellFormed)),
            $"scopes must be at most {KeyScopes.MaxCount} of read, write, or an area with either, e.g. bookings:write");
        Check(errors, "expiresAt", request.ExpiresAt is null || request.ExpiresAt > now, "expiresAt must be in the future");
        Check(errors, "key", request.Key is null || IsKey(request.Key), $"key must have {MinKeyLength} to {KeyHash.MaxKeyLength} visible ASCII characters");
        // Everybody knows them.
        Check(errors, "key", !DemoKeys.Contains(request.Key), "key must not be one of the published demo keys");
        return errors.Count == 0 ? null : ApiKeyRefusals.Invalid(errors);
    }

    private static bool IsKey(string key) => key.Length is >= MinKeyLength and <= KeyHash.MaxKeyLength && key.All(c => c is > ' ' and <= '~');

    private static void Check(Dictionary<string, string[]> errors, string field, bool good, string sentence)
    {
        if (!good)
        {
            errors.TryAdd(field, [sentence]);
        }
    }
}
