using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>Series of bookings, and who waits for a time.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000500_SeriesAndWaitlist")]
internal sealed class SeriesAndWaitlist : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0006_series_and_waitlist.sql");
}
