using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Telegram;

/// <summary>
/// POST /auth/telegram (login widget) and /auth/telegram/mini-app (initData). Whoever is signed in links Telegram to his account; whoever is not signs in to the account that is linked, or gets a new one.
/// </summary>
internal static class SignInByTelegram
{
    internal sealed record MiniAppRequest([property: Required] string? InitData);

    internal static Task<IResult> Widget(
        JsonElement body, HttpContext context, SignedIn? signedIn, TelegramOptions options, GatewayDb db, GatewayOptions gateway, SignIn signIn, TimeProvider clock, ILogger<TelegramUser> log,
        CancellationToken cancellationToken)
    {
        if (options.BotToken is not { } token)
        {
            return Refused(TelegramRefusals.NotConfigured);
        }

        return TelegramUser.WidgetFields(body) is { } fields && TelegramProof.IsWidget(fields, token, clock.GetUtcNow()) && TelegramUser.OfWidget(fields) is { } user
            ? EnterAsync(user, context, signedIn, db, gateway, signIn, clock, log, cancellationToken)
            : Refused(TelegramRefusals.Invalid);
    }

    internal static Task<IResult> MiniApp(
        MiniAppRequest request, HttpContext context, SignedIn? signedIn, TelegramOptions options, GatewayDb db, GatewayOptions gateway, SignIn signIn, TimeProvider clock, ILogger<TelegramUser> log,
        CancellationToken cancellationToken)
    {
        if (options.BotToken is not { } token)
        {
            return Refused(TelegramRefusals.NotConfigured);
        }

        var required = new Fields();
        required.Require(!string.IsNullOrEmpty(request.InitData), "initData", "initData is required");

        if (required.Refusal is { } refusal)
        {
            return Refused(refusal);
        }

        return TelegramUser.MiniAppFields(request.InitData) is { } fields && TelegramProof.IsMiniApp(fields, token, clock.GetUtcNow()) && TelegramUser.OfMiniApp(fields) is { } user
            ? EnterAsync(user, context, signedIn, db, gateway, signIn, clock, log, cancellationToken)
            : Refused(TelegramRefusals.Invalid);
    }

    private static async Task<IResult> EnterAsync(
        TelegramUser user, HttpContext context, SignedIn? signedIn, GatewayDb db, GatewayOptions gateway, SignIn signIn, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        // Who wished to link and was signed out meanwhile must not get a second account in silence.
        if (signedIn is null && Presented.Has(context, CredentialKind.Token))
        {
            return AccessRefusals.InvalidToken.ToProblem();
        }

        if (signedIn is not null)
        {
            return await LinkAsync(user, signedIn.AccountId, db, clock.GetUtcNow(), log, cancellationToken) is { } refusal
                ? refusal.ToProblem()
                : TypedResults.Ok(AccountRow.Of(await db.Accounts.AsNoTracking().SingleAsync(row => row.Id == signedIn.AccountId, cancellationToken)));
        }

        // Of two first sign-ins at once one makes the account, and the other finds it.
        return await OpenAsync(user, context, db, gateway, signIn, clock.GetUtcNow(), cancellationToken)
            ?? await OpenAsync(user, context, db, gateway, signIn, clock.GetUtcNow(), cancellationToken)
            ?? TelegramRefusals.LinkedElsewhere.ToProblem();
    }

    private static async Task<IResult?> OpenAsync(
        TelegramUser user, HttpContext context, GatewayDb db, GatewayOptions gateway, SignIn signIn, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var account = await db.Usable(gateway).FirstOrDefaultAsync(row => row.TelegramId == user.Id, cancellationToken);

        if (account?.DisabledAt is not null)
        {
            return AccountRefusals.Disabled.ToProblem();
        }

        if (account is null)
        {
            account = Account.OfTelegram(user.Id, user.FirstName, user.LastName, now);
            db.Accounts.Add(account);
        }

        var answer = signIn.Open(db, account);

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.Violates(AccountTable.TelegramOnce))
        {
            db.ChangeTracker.Clear();
            return null;
        }

        return SignIn.Answer(context, answer);
    }

    private static async Task<Refusal?> LinkAsync(TelegramUser user, Guid accountId, GatewayDb db, DateTimeOffset now, ILogger log, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // An account that Telegram alone leads into is an empty shell: without address it has no bookings, and who owns it stands here.
        await db.Accounts.Where(row => row.TelegramId == user.Id && row.EmailKey == null && row.Id != accountId).ExecuteDeleteAsync(cancellationToken);

        if (await db.LockAccountAsync(accountId, cancellationToken) is not { } account)
        {
            return AccountRefusals.NotFound;
        }

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
        GatewayLog.TelegramLinked(log, accountId);
        return null;
    }

    private static Task<IResult> Refused(Refusal refusal) => Task.FromResult<IResult>(refusal.ToProblem());
}
