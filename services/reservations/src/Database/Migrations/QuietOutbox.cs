using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>No NOTIFY for each message of the bus.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000800_QuietOutbox")]
internal sealed class QuietOutbox : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0008_quiet_outbox.sql");
}
