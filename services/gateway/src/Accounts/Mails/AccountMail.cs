using Coworking.Gateway.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>What accounts are written for.</summary>
internal static class AccountMailKinds
{
    internal const string VerifyEmail = "verify_email";
    internal const string ResetPassword = "reset_password";
    internal const string PasswordChanged = "password_changed";
}

/// <summary>
/// Wishes to write to an address. They commit with what they are about and are kept until the mail server has taken the mail. An address without an account is wished for
/// like any other, so that neither the answer nor its time tells which addresses have one.
/// </summary>
internal static class AccountMail
{
    /// <summary>Asked for again so soon, the mail that is on its way is meant: nobody's box is filled by others.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Of one kind to one address in <see cref="Day"/>: more than anybody loses, and less than fills a box.</summary>
    internal const int MaxADay = 5;

    internal static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Whether the wish is written down; it is not where a mail of its kind is on its way, or enough have gone.</summary>
    internal static async Task<bool> WishAsync(this GatewayDb db, string kind, string emailKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (id, since, dayAgo) = (Guid.CreateVersion7(now), kind == AccountMailKinds.PasswordChanged ? now : now - Pause, now - Day);
        return await db.Database.ExecuteSqlAsync($"""
            insert into account_mails (id, kind, email_key, created_at, next_try_at)
            select {id}, {kind}, {emailKey}, {now}, {now}
            where not exists (select from account_mails where email_key = {emailKey} and kind = {kind} and created_at > {since})
            and (select count(*) from account_mails where email_key = {emailKey} and kind = {kind} and created_at > {dayAgo}) < {MaxADay}
            on conflict (email_key, kind) where status = 'pending' do nothing
            """, cancellationToken) == 1;
    }

    /// <summary>Instead of a mail that waits, and of the links that went out.</summary>
    internal static async Task<bool> WishAnewAsync(this GatewayDb db, string kind, Guid accountId, string emailKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.WithdrawAsync(kind, accountId, emailKey, now, cancellationToken);
        return await db.WishAsync(kind, emailKey, now, cancellationToken);
    }

    /// <summary>
    /// Nothing that was mailed or waits to be is good any more. The mails first: a courier makes a token only while its mail waits, so what he made before is seen by the second statement.
    /// </summary>
    internal static async Task WithdrawAsync(this GatewayDb db, string kind, Guid accountId, string emailKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"update account_mails set status = 'dropped', settled_at = {now} where email_key = {emailKey} and kind = {kind} and status = 'pending'", cancellationToken);
        await db.Database.ExecuteSqlAsync($"delete from mailed_tokens where account_id = {accountId} and purpose = {kind}", cancellationToken);
    }

    internal static Task ForgetWishesAsync(this GatewayDb db, string kind, string emailKey, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"delete from account_mails where email_key = {emailKey} and kind = {kind}", cancellationToken);
}
