using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Gateway.Database.Migrations;

[DbContext(typeof(GatewayDb)), Migration("20261121000100_KeysAndLimits")]
internal sealed class KeysAndLimits : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(GatewayDb), "0002_keys_and_limits.sql");
}
