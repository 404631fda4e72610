using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>The table of keys, and the constraint the code relies on.</summary>
internal static class ApiKeyTable
{
    internal const string HashOnce = "api_keys_hash_once";

    internal static void Map(ModelBuilder model) => model.Entity<ApiKey>().ToTable("api_keys").HasKey(key => key.Id);
}
