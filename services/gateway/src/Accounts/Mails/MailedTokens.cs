using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>What proves that somebody reads the mails of an address: good once, and not for long.</summary>
internal static class MailedTokens
{
    internal static TimeSpan LifetimeOf(string purpose) => purpose == AccountMailKinds.VerifyEmail ? TimeSpan.FromHours(24) : TimeSpan.FromHours(1);

    /// <summary>A new one, good from now: made when its mail leaves, so that a mail server that was away for hours takes no time from it.</summary>
    internal static async Task<string> CreateAsync(NpgsqlDataSource database, string purpose, Guid accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (text, hash) = SecretText.Create();
        await using var command = database.CreateCommand("insert into mailed_tokens (token_hash, purpose, account_id, expires_at) values ($1, $2, $3, $4)");
        command.Parameters.Add(new() { Value = hash });
        command.Parameters.Add(new() { Value = purpose });
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = now + LifetimeOf(purpose) });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return text;
    }

    /// <summary>Whether it is good, without using it.</summary>
    internal static async Task<bool> AreGoodAsync(this GatewayDb db, string purpose, byte[] hash, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<Guid>($"select account_id as \"Value\" from mailed_tokens where token_hash = {hash} and purpose = {purpose} and expires_at > {now}").AnyAsync(cancellationToken);

    /// <summary>Uses it up, and with it all others of the same purpose; whose it is, or null where it is no good (any more). The transaction is the caller's.</summary>
    internal static async Task<Guid?> UseUpAsync(this GatewayDb db, string purpose, byte[] hash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var owners = await db.Database.SqlQuery<Guid>(
            $"delete from mailed_tokens where token_hash = {hash} and purpose = {purpose} and expires_at > {now} returning account_id as \"Value\"").ToListAsync(cancellationToken);

        if (owners is not [var owner])
        {
            return null;
        }

        await db.Database.ExecuteSqlAsync($"delete from mailed_tokens where account_id = {owner} and purpose = {purpose}", cancellationToken);
        return owner;
    }
}
