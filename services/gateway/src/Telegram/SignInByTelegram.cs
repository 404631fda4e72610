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
            return await LinkTelegram.LinkAsync(user, signedIn, db, clock.GetUtcNow(), log, cancellationToken) is { } refusal
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
        var seen = await db.Usable(gateway).AsNoTracking().FirstOrDefaultAsync(row => row.TelegramId == user.Id, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Under the lock of the account: a link that was taken away since the look lets nobody in any more.
        var account = seen is null ? Account.OfTelegram(user.Id, user.FirstName, user.LastName, now) : await db.LockAccountAsync(seen.Id, cancellationToken);

        if (account is null || account.TelegramId != user.Id)
        {
            db.ChangeTracker.Clear();
            return null;
        }

        if (account.DisabledAt is not null)
        {
            return AccountRefusals.Disabled.ToProblem();
        }

        if (seen is null)
        {
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

        await transaction.CommitAsync(CancellationToken.None);
        return SignIn.Answer(context, answer);
    }

    private static Task<IResult> Refused(Refusal refusal) => Task.FromResult<IResult>(refusal.ToProblem());
}
