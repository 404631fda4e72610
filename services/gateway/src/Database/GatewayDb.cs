using Coworking.Gateway.ApiKeys;
using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Database;

/// <summary>The schema gateway.</summary>
internal sealed class GatewayDb(DbContextOptions<GatewayDb> options) : DbContext(options)
{
    internal const string Schema = "gateway";

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        ApiKeyTable.Map(modelBuilder);
        modelBuilder.UseSnakeCaseColumns();
    }
}
