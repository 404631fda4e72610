using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Kept answers of requests with an Idempotency-Key.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000007_IdempotencyKeys")]
internal sealed class IdempotencyKeys : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0007_idempotency.sql");
}
