using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>POST /api-keys/:id/rotate. A new secret at once; the old one is good until the overlap ends, so that clients can be changed one after another.</summary>
internal static class RotateApiKey
{
    /// <summary>An hour: long enough to roll out a setting, short enough to be over by the evening.</summary>
    internal const int DefaultMinutes = 60;

    internal const int MaxMinutes = 7 * 24 * 60;

    internal sealed record Request([property: Range(0, MaxMinutes)] int? OverlapMinutes);

    internal sealed record Answer(Guid Id, string Key, string Role, DateTimeOffset RotatedAt, DateTimeOffset PreviousGoodUntil);

    internal static async Task<Results<Ok<Answer>, ProblemHttpResult>> Handle(
        RouteId id, Request? request, HttpResponse response, GatewayDb db, KeyRing keys, TimeProvider clock, ILogger<ApiKey> log, CancellationToken cancellationToken)
    {
        var minutes = request?.OverlapMinutes ?? DefaultMinutes;

        if (minutes is < 0 or > MaxMinutes)
        {
            return Refusal.Field("overlapMinutes", $"overlapMinutes must be a whole number from 0 to {MaxMinutes}").ToProblem();
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.LockedKeyAsync(id, cancellationToken) is not { } key)
        {
            return ApiKeyRefusals.NotFound.ToProblem();
        }

        if (Refuse(key, now) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var (text, until) = (key.Rotate(now), now.AddMinutes(minutes));
        await db.SaveChangesAsync(cancellationToken);
        // Every secret before this one: an overlap is never lengthened by rotating again, and with none a stolen one ends whichever it is.
        await db.Database.ExecuteSqlAsync(
            $"update api_key_hashes set good_until = least(good_until, {until.UtcDateTime}) where key_id = {key.Id} and key_hash <> {key.KeyHash}", cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        keys.Forget(key.Id);
        GatewayLog.KeyRotated(log, key.Id, until);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new Answer(key.Id, text, key.Role, now, until));
    }

    private static Refusal? Refuse(ApiKey key, DateTimeOffset now) =>
        key.IsDemo ? ApiKeyRefusals.Demo
        : key.ExpiresAt <= now ? ApiKeyRefusals.Expired
        : null;
}
