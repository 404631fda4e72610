using Coworking.Gateway.Accounts;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Database;

/// <summary>The schema gateway.</summary>
internal sealed class GatewayDb(DbContextOptions<GatewayDb> options) : DbContext(options)
{
    internal const string Schema = "gateway";

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<RefreshToken> RefreshTokens => Set<RefreshToken>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        ApiKeyTable.Map(modelBuilder);
        AccountTable.Map(modelBuilder);
        SessionTable.Map(modelBuilder);
        modelBuilder.UseSnakeCaseColumns();
    }
}
