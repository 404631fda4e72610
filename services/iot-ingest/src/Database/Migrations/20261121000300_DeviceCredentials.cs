using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

[DbContext(typeof(IotDb))]
[Migration("20261121000300_DeviceCredentials")]
internal sealed class DeviceCredentials : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0004_device_credentials.sql");
}
