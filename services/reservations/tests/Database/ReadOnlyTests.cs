using System.Net;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;
using Npgsql;

namespace Coworking.Reservations.Tests.Database;

/// <summary>A server that changes its role for a while, as in a failover.</summary>
public sealed class ReadOnlyTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Sessions_of_a_read_only_database_are_refused_with_503_and_not_used_again_once_it_takes_writes()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        await host.BookAsync(space, monday.AddHours(9));
        // Opened before, and so not read-only itself.
        await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var role = $"""alter role current_user in database "{connection.Database}" """;
        await ExecuteAsync(connection, role + "set default_transaction_read_only = on");
        await ExecuteAsync(connection, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = current_user and pid <> pg_backend_pid()");

        for (var hour = 10; hour < 14; hour++)
        {
            (await host.User.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(hour)))).Is(HttpStatusCode.ServiceUnavailable);
        }

        await ExecuteAsync(connection, role + "reset default_transaction_read_only");
        await Wait.UntilAsync(
            async () => (await host.User.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(15)))).Status == HttpStatusCode.Created,
            TimeSpan.FromSeconds(60), "bookings go on by themselves", TestContext.Current.CancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
