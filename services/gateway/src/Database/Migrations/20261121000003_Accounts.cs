using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.Gateway.Database.Migrations;

/// <summary>Accounts, their sessions and mails, and leases for the work that goes with them.</summary>
[DbContext(typeof(GatewayDb)), Migration("20261121000003_Accounts")]
internal sealed class AccountsAdded : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(GatewayDb), "0003_accounts.sql");
}
