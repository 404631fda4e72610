using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Columns that nobody asks by are not analyzed.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261122001200_NoStatisticsOfTexts")]
internal sealed class NoStatisticsOfTexts : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0012_no_statistics_of_texts.sql");
}
