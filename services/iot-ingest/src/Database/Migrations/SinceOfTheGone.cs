using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Coworking.IotIngest.Database.Migrations;

/// <summary>Since when nothing is known of a space that was removed.</summary>
[DbContext(typeof(IotDb))]
[Migration("20261121002100_SinceOfTheGone")]
internal sealed class SinceOfTheGone : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.SqlFile(typeof(IotDb), "0021_since_of_the_gone.sql");
}
