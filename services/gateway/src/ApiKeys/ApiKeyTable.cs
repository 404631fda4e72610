using Coworking.Gateway.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>The table of keys, the constraints the code relies on, and the rows that are locked before they are judged.</summary>
internal static class ApiKeyTable
{
    internal const string HashOnce = "api_keys_hash_once";
    internal const string NeverTwice = "api_key_hashes_once";

    internal static void Map(ModelBuilder model) => model.Entity<ApiKey>().ToTable("api_keys").HasKey(key => key.Id);

    /// <summary>A key that is not revoked, held until the transaction ends.</summary>
    internal static Task<ApiKey?> LockedKeyAsync(this GatewayDb db, Guid id, CancellationToken cancellationToken) =>
        db.ApiKeys.FromSql($"select * from api_keys where id = {id} and revoked_at is null for update").SingleOrDefaultAsync(cancellationToken);
}
