using Coworking.Gateway.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>The table of accounts, the constraints that the code relies on, and the lock under which an account changes.</summary>
internal static class AccountTable
{
    internal const string EmailOnce = "accounts_email_once";
    internal const string TelegramOnce = "accounts_telegram_once";

    internal static void Map(ModelBuilder model) => model.Entity<Account>().ToTable("accounts").HasKey(account => account.Id);

    /// <summary>The account, for the rest of the transaction nobody else's to change.</summary>
    internal static async Task<Account?> LockAccountAsync(this GatewayDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.Accounts.FromSql($"select * from accounts where id = {id} for no key update").ToListAsync(cancellationToken)).SingleOrDefault();

    /// <summary>Likewise by its address.</summary>
    internal static async Task<Account?> LockAddressAsync(this GatewayDb db, string emailKey, CancellationToken cancellationToken) =>
        (await db.Accounts.FromSql($"select * from accounts where email_key = {emailKey} for no key update").ToListAsync(cancellationToken)).SingleOrDefault();

    /// <summary>Demo accounts have published passwords: where they are not accepted they are as good as absent.</summary>
    internal static IQueryable<Account> Usable(this GatewayDb db, GatewayOptions options) =>
        options.AcceptsDemoKeys ? db.Accounts : db.Accounts.Where(account => !account.IsDemo);
}
