using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Coworking.Hosting.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>GET /api-keys and /api-keys/:id. A key itself is never shown again.</summary>
internal static class ListApiKeys
{
    [SchemaName("ApiKey")]
    internal sealed record Row(
        Guid Id, string Role, string? Label, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, KeyLimit? Limit, DateTimeOffset? RotatedAt)
    {
        internal static Row Of(ApiKey key) =>
            new(key.Id, key.Role, key.Label, key.Scopes, key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.Fields.Limit, key.RotatedAt);
    }

    internal static async Task<Ok<Page<Row>>> Handle(PageRequest page, GatewayDb db, CancellationToken cancellationToken)
    {
        var inUse = InUse(db);
        var total = await inUse.LongCountAsync(cancellationToken);
        var rows = page.Offset > int.MaxValue
            ? []
            : await inUse.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id).Skip((int)page.Offset).Take(page.Size).ToListAsync(cancellationToken);
        return TypedResults.Ok(page.Of([.. rows.Select(Row.Of)], total));
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> HandleOne(RouteId id, GatewayDb db, CancellationToken cancellationToken) =>
        await InUse(db).FirstOrDefaultAsync(key => key.Id == id.Value, cancellationToken) is { } key
            ? TypedResults.Ok(Row.Of(key))
            : ApiKeyRefusals.NotFound.ToProblem();

    private static IQueryable<ApiKey> InUse(GatewayDb db) => db.ApiKeys.AsNoTracking().Where(key => key.RevokedAt == null);
}
