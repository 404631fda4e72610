using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

/// <summary>No NOTIFY for each message of the bus.</summary>
[DbContext(typeof(IotDb))]
[Migration("20261121002000_QuietOutbox")]
internal sealed class QuietOutbox : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0020_quiet_outbox.sql");
}
