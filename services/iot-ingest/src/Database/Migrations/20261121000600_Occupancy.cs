using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

[DbContext(typeof(IotDb))]
[Migration("20261121000600_Occupancy")]
internal sealed class Occupancy : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0007_occupancy.sql");
}
