using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Coworking.IotIngest.Database;

/// <summary>Migrations, outbox and inbox. Readings, windows and states are written in sets by SQL of our own; no entity stands for a row of them.</summary>
internal sealed class IotDb(DbContextOptions<IotDb> options) : DbContext(options)
{
    public const string Schema = "iot";

    public DbSet<OutboxMessage> Outbox => Set<OutboxMessage>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.AddMessaging();
        modelBuilder.UseSnakeCaseColumns();
    }
}
