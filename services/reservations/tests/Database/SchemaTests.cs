using Coworking.Reservations.Database;
using Coworking.Reservations.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Database;

public sealed class SchemaTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Every_mapped_column_is_in_the_schema_that_the_migrations_make()
    {
        await using var scope = host.Services.CreateAsyncScope();
        var model = scope.ServiceProvider.GetRequiredService<ReservationsDb>().Model;
        var columns = model.GetEntityTypes()
            .SelectMany(type => type.GetProperties().Select(property => (Table: type.GetTableName()!, Column: property.GetColumnName(), property.IsNullable)))
            .ToList();
        Assert.True(columns.Count > 50, "the model is mapped");

        foreach (var (table, column, isNullable) in columns)
        {
            Assert.True(
                await host.ScalarAsync<long>(
                    "select count(*) from information_schema.columns where table_schema = 'reservations' and table_name = $1 and column_name = $2 and is_nullable = $3",
                    table,
                    column,
                    isNullable ? "YES" : "NO") == 1,
                $"{table}.{column}, nullable: {isNullable}");
        }
    }

    [Fact]
    public async Task Every_constraint_has_a_name_of_our_own()
    {
        // A CHECK of a domain or a NOT NULL has no name to choose; everything else says its rule.
        Assert.Equal(0, await host.ScalarAsync<long>("""
            select count(*) from pg_constraint
            where connamespace = 'reservations'::regnamespace and conname ~ '(_pkey|_fkey|_check\d*|_key|_excl)$' and conrelid::regclass::text not in ('outbox_messages', 'leases', 'migrations')
            """));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from pg_constraint where conname = 'bookings_no_overlap' and contype = 'x'"));
    }

    [Fact]
    public async Task The_plan_of_a_conflict_uses_the_constraints_own_index()
    {
        await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var off = new Npgsql.NpgsqlCommand("set enable_seqscan = off", connection);
        await off.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await using var explain = new Npgsql.NpgsqlCommand(
            $"""
            explain select start_time from bookings where space_id = gen_random_uuid() and unit_no = 1
            and tstzrange(blocked_from, blocked_until, '[)') && tstzrange(now(), now(), '[)') and {Reservations.Bookings.BookingStatus.Blocking}
            """,
            connection);
        await using var reader = await explain.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var plan = "";

        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            plan += reader.GetString(0) + "\n";
        }

        Assert.Contains("bookings_no_overlap", plan, StringComparison.Ordinal);
    }
}
