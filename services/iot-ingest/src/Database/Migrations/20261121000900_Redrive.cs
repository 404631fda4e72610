using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

[DbContext(typeof(IotDb))]
[Migration("20261121000900_Redrive")]
internal sealed class Redrive : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0010_redrive.sql");
}
