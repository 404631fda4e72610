using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Reservations.Database.Migrations;

/// <summary>What bookings that commit together need.</summary>
[DbContext(typeof(ReservationsDb))]
[Migration("20261122001200_GroupsOfBookings")]
internal sealed class GroupsOfBookings : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(ReservationsDb), "0012_groups_of_bookings.sql");
}
