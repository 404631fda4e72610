using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>What is to be told to people and webhooks.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000004_Notices")]
internal sealed class AddNotices : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0004_notices.sql");
}
