using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

[DbContext(typeof(IotDb))]
[Migration("20261121000200_Rollups")]
internal sealed class Rollups : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0003_rollups.sql");
}
