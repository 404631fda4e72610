using Coworking.Gateway.Database;
using Coworking.Gateway.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>GET /auth/me.</summary>
internal static class ShowMe
{
    internal static async Task<IResult> Handle(SignedIn signedIn, HttpContext context, GatewayDb db, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        return await db.Accounts.AsNoTracking().FirstOrDefaultAsync(row => row.Id == signedIn.AccountId, cancellationToken) is { } account
            ? TypedResults.Ok(AccountRow.Of(account))
            : AccountRefusals.NotFound.ToProblem();
    }
}
