using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Database;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Telegram;

/// <summary>Makes Telegram a way into an account, and takes it away again (DELETE /auth/telegram).</summary>
internal static class LinkTelegram
{
    internal static async Task<Refusal?> LinkAsync(TelegramUser user, SignedIn signedIn, GatewayDb db, DateTimeOffset now, ILogger log, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.LockSignedInAsync(signedIn, cancellationToken) is not { } account)
        {
            return AccessRefusals.InvalidToken;
        }

        if (account.TelegramId == user.Id)
        {
            return null;
        }

        if (account.TelegramId is not null)
        {
            return TelegramRefusals.LinkedAlready;
        }

        // Whoever registered a stranger's address would keep a way in for when its owner comes.
        if (account.EmailVerifiedAt is null)
        {
            return AccountRefusals.EmailNotVerified;
        }

        // An account that Telegram alone leads into is an empty shell: without address it has no bookings, and who owns it stands here. One that was shut, or that works here, is no shell.
        await db.Accounts.Where(row => row.TelegramId == user.Id && row.EmailKey == null && row.DisabledAt == null && row.Role == Roles.Customer).ExecuteDeleteAsync(cancellationToken);
        account.Link(user.Id, now);

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.Violates(AccountTable.TelegramOnce))
        {
            return TelegramRefusals.LinkedElsewhere;
        }

        await transaction.CommitAsync(CancellationToken.None);
        GatewayLog.TelegramLinked(log, account.Id);
        return null;
    }

    internal static async Task<IResult> Unlink(SignedIn signedIn, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.LockSignedInAsync(signedIn, cancellationToken) is not { } account)
        {
            return AccessRefusals.InvalidToken.ToProblem();
        }

        if (account.EmailKey is null)
        {
            return TelegramRefusals.OnlyWayIn.ToProblem();
        }

        account.Unlink(clock.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return TypedResults.NoContent();
    }
}
