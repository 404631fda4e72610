using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>A key that is claimed with the first question of a booking.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121001100_ClaimOfAKey")]
internal sealed class ClaimOfAKey : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0011_claim_of_a_key.sql");
}
