using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

[DbContext(typeof(IotDb))]
[Migration("20261121000000_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.MessagingTables();
        migrationBuilder.SqlFile(typeof(IotDb), "0001_initial.sql");
    }
}
