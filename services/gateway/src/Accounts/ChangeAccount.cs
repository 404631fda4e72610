using Coworking.Gateway.Access;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>PATCH /accounts/:id, for ADMIN: its role, and whether it may come in. Nobody takes away the last ADMIN.</summary>
internal static class ChangeAccount
{
    internal sealed record Request(Optional<string> Role, Optional<bool?> Disabled);

    internal static async Task<IResult> Handle(
        RouteId id, Request request, HttpContext context, GatewayDb db, GatewayOptions options, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        if (Refuse(request) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // All of them, in one order: of two who lower each other one waits, and then sees that it is the last.
        var admins = await db.Database.SqlQuery<Guid>(
            $"select id as \"Value\" from accounts where role = {Roles.Admin} and disabled_at is null and (not is_demo or {options.AcceptsDemoKeys}) order by id for no key update").ToListAsync(cancellationToken);

        if (await db.LockAccountAsync(id, cancellationToken) is not { } account)
        {
            return AccountRefusals.NotFound.ToProblem();
        }

        var (role, disabled) = (request.Role.Or(account.Role)!, request.Disabled.Or(account.DisabledAt is not null)!.Value);

        if (admins is [var last] && last == account.Id && (role != Roles.Admin || disabled))
        {
            return AccountRefusals.LastAdmin.ToProblem();
        }

        // Whoever registered the address first may not be whom the role is meant for. An account that Telegram alone leads into is who it is.
        if (request.Role.IsGiven && role != Roles.Customer && account is { EmailKey: not null, EmailVerifiedAt: null })
        {
            return AccountRefusals.EmailNotVerified.ToProblem();
        }

        account.GiveRole(role, now);
        account.Disable(disabled, now);
        await db.SaveChangesAsync(cancellationToken);

        if (disabled)
        {
            await db.EndSessionsAsync(account.Id, EndReasons.AccountDisabled, now, cancellationToken);
        }

        await transaction.CommitAsync(CancellationToken.None);
        tokens.ForgetAccount(account.Id);
        var by = context.Features.Get<Visitor>()?.Caller;
        GatewayLog.AccountChanged(log, account.Id, role, disabled, by?.Kind, by?.Subject);
        return TypedResults.Ok(AccountRow.Of(account));
    }

    private static Refusal? Refuse(Request request)
    {
        var fields = new Fields();
        fields.Require(request.Role.IsGiven || request.Disabled.IsGiven, "role", "role or disabled is required");
        fields.Require(!request.Role.IsGiven || AccountRoles.All.Contains(request.Role.Value), "role", $"role must be one of {string.Join(", ", AccountRoles.All)}");
        fields.Require(!request.Disabled.IsGiven || request.Disabled.Value is not null, "disabled", "disabled must be true or false");
        return fields.Refusal;
    }
}
