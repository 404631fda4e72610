using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>GET /api-keys and /api-keys/:id. A key itself is never shown again.</summary>
internal static class ListApiKeys
{
    internal sealed record Row(Guid Id, string Role, string? Label, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

    internal static async Task<Ok<Page<Row>>> Handle(PageRequest page, GatewayDb db, CancellationToken cancellationToken)
    {
        var inUse = InUse(db);
        var total = await inUse.LongCountAsync(cancellationToken);
        var rows = page.Offset > int.MaxValue
            ? []
            : await Rows(inUse.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id).Skip((int)page.Offset).Take(page.Size)).ToListAsync(cancellationToken);
        return TypedResults.Ok(page.Of(rows, total));
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> HandleOne(RouteId id, GatewayDb db, CancellationToken cancellationToken) =>
        await Rows(InUse(db).Where(key => key.Id == id.Value)).FirstOrDefaultAsync(cancellationToken) is { } row
            ? TypedResults.Ok(row)
            : ApiKeyRefusals.NotFound.ToProblem();

    private static IQueryable<ApiKey> InUse(GatewayDb db) => db.ApiKeys.AsNoTracking().Where(key => key.RevokedAt == null);

    private static IQueryable<Row> Rows(IQueryable<ApiKey> keys) =>
        keys.Select(key => new Row(key.Id, key.Role, key.Label, key.Scopes, key.CreatedAt, key.ExpiresAt, key.LastUsedAt));
}
