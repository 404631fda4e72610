using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>What is known of the people in a space, and what finds the bookings whose hour has come.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000005_CheckIns")]
internal sealed class CheckIns : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0005_check_ins.sql");
}
