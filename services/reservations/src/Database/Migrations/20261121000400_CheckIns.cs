using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Check-in, what is known of the people in a space, and what reception is asked to look at.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000400_CheckIns")]
internal sealed class CheckIns : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0005_check_ins.sql");
}
