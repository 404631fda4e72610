using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>The first schema. What it says stands in SQL, because EF has no words for exclusion constraints and partial indices.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000000_Initial")]
internal sealed class Initial : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.MessagingTables();
        migrationBuilder.SqlFile(typeof(ReservationsDb), "0001_initial.sql");
    }
}
