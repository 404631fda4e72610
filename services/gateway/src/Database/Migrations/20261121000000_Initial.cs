using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Gateway.Database.Migrations;

[DbContext(typeof(GatewayDb)), Migration("20261121000000_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(GatewayDb), "0001_initial.sql");
}
