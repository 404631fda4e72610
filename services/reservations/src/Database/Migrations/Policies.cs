using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Policies, and what a booking keeps of its life: hold, check-in, release, reasons.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000002_Policies")]
internal sealed class Policies : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0002_policies.sql");
}
