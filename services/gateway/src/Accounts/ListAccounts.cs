using Coworking.Gateway.Database;
using Coworking.Hosting.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>GET /accounts and /accounts/:id, for ADMIN. search is a part of the e-mail or name, without regard to case.</summary>
internal static class ListAccounts
{
    private const int MaxSearch = 100;

    internal static async Task<IResult> Handle(PageRequest page, HttpRequest request, GatewayDb db, CancellationToken cancellationToken)
    {
        var role = QueryValues.Word(request.Query, "role", AccountRoles.All);
        var disabled = QueryValues.Flag(request.Query, "disabled");
        var search = request.Query["search"].ToString().Trim();

        if (search.Length > MaxSearch || search.Contains('\0'))
        {
            return Hosting.Problems.Refusal.Field("search", $"search must have at most {MaxSearch} characters").ToProblem();
        }

        var accounts = db.Accounts.AsNoTracking().Where(account =>
            (role == null || account.Role == role) && (disabled == null || (account.DisabledAt != null) == disabled));

        if (search.Length > 0)
        {
            // A likeness in which nothing of the search is a pattern.
            var likeness = $"%{search.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";
            accounts = accounts.Where(account => EF.Functions.ILike(account.Email!, likeness, @"\") || EF.Functions.ILike(account.FirstName + " " + account.LastName, likeness, @"\"));
        }

        var total = await accounts.LongCountAsync(cancellationToken);
        var rows = page.Offset > int.MaxValue
            ? []
            : await accounts.OrderBy(account => account.CreatedAt).ThenBy(account => account.Id).Skip((int)page.Offset).Take(page.Size).ToListAsync(cancellationToken);
        return TypedResults.Ok(page.Of(rows.ConvertAll(AccountRow.Of), total));
    }

    internal static async Task<IResult> HandleOne(RouteId id, GatewayDb db, CancellationToken cancellationToken) =>
        await db.Accounts.AsNoTracking().FirstOrDefaultAsync(account => account.Id == id.Value, cancellationToken) is { } account
            ? TypedResults.Ok(AccountRow.Of(account))
            : AccountRefusals.NotFound.ToProblem();
}
