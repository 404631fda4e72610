using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Since when a booking stands as it does.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121001000_StandingSince")]
internal sealed class StandingSince : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0010_standing_since.sql");
}
