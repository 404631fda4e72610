using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>The secret addresses of calendars.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261121000300_CalendarFeeds")]
internal sealed class CalendarFeedsAdded : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0003_calendar_feeds.sql");
}
