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

    internal static Task WishAsync(this GatewayDb db, string kind, string emailKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (id, since) = (Guid.CreateVersion7(now), kind == AccountMailKinds.PasswordChanged ? now : now - Pause);
        return db.Database.ExecuteSqlAsync($"""
            insert into account_mails (id, kind, email_key, created_at, next_try_at)
            select {id}, {kind}, {emailKey}, {now}, {now}
            where not exists (select from account_mails where email_key = {emailKey} and kind = {kind} and created_at > {since})
            on conflict (email_key, kind) where status = 'pending' do nothing
            """, cancellationToken);
    }
}
