using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>What proves that somebody reads the mails of an address: good once, and not for long.</summary>
internal static class MailedTokens
{
    internal static TimeSpan LifetimeOf(string purpose) => purpose == AccountMailKinds.VerifyEmail ? TimeSpan.FromHours(24) : TimeSpan.FromHours(1);

    /// <summary>
    /// A new one, good from now: made when its mail leaves, so that a mail server that was away for hours takes no time from it. Null where the mail was withdrawn meanwhile;
    /// the lock waits for who is withdrawing it, and lets him see the token otherwise.
    /// </summary>
    internal static async Task<string?> CreateAsync(NpgsqlDataSource database, Guid mailId, string purpose, Guid accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (text, hash) = SecretText.Create();
        await using var command = database.CreateCommand(
            "insert into mailed_tokens (token_hash, purpose, account_id, expires_at) select $1, $2, $3, $4 from account_mails where id = $5 and status = 'pending' for share");
        command.Parameters.Add(new() { Value = hash });
        command.Parameters.Add(new() { Value = purpose });
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = now + LifetimeOf(purpose) });
        command.Parameters.Add(new() { Value = mailId });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1 ? text : null;
    }

    /// <summary>The first name of the account that it was mailed for; null where it is no good.</summary>
    internal static async Task<string?> NameBehindAsync(this GatewayDb db, string purpose, byte[] hash, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<string>(
            $"select a.first_name as \"Value\" from mailed_tokens t join accounts a on a.id = t.account_id where t.token_hash = {hash} and t.purpose = {purpose} and t.expires_at > {now}")
            .ToListAsync(cancellationToken)).SingleOrDefault();

    /// <summary>Whether it is good, without using it.</summary>
    internal static async Task<bool> AreGoodAsync(this GatewayDb db, string purpose, byte[] hash, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<Guid>($"select account_id as \"Value\" from mailed_tokens where token_hash = {hash} and purpose = {purpose} and expires_at > {now}").AnyAsync(cancellationToken);

    /// <summary>
    /// Uses it up, and with it all others of the same purpose; whose it is, or null where it is no good (any more). The transaction is the caller's. The account is locked first, as whoever
    /// withdraws tokens does.
    /// </summary>
    internal static async Task<Account?> UseUpAsync(this GatewayDb db, string purpose, byte[] hash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var owners = await db.Database.SqlQuery<Guid>($"select account_id as \"Value\" from mailed_tokens where token_hash = {hash}").ToListAsync(cancellationToken);

        if (owners is not [var owner]
            || await db.LockAccountAsync(owner, cancellationToken) is not { } account
            || await db.Database.ExecuteSqlAsync($"delete from mailed_tokens where token_hash = {hash} and purpose = {purpose} and expires_at > {now}", cancellationToken) != 1)
        {
            return null;
        }

        await db.Database.ExecuteSqlAsync($"delete from mailed_tokens where account_id = {owner} and purpose = {purpose}", cancellationToken);
        return account;
    }
}
