using System.Text.Json;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rejections;
using Coworking.IotIngest.Tests.Running;
using Npgsql;

namespace Coworking.IotIngest.Tests.Rejections;

public sealed class RejectionPlansTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_thousand_rejections_are_listed_counted_and_looked_through_by_their_indexes()
    {
        // One reason for nearly all; the unknown ones just now, of spaces that nobody knows.
        await fixture.Platform.ExecuteAsync("""
            insert into rejected_readings (received_at, topic, reason, detail, payload)
            select now() - n * interval '1 millisecond', 'sites/' || gen_random_uuid() || '/offices/' || gen_random_uuid() || '/telemetry',
                case when n % 1000 = 0 then 'malformed' else 'unknown_space' end, 'why', 'x' from generate_series(1, 200000) n
            """);
        await fixture.Platform.ExecuteAsync("""
            insert into spaces (id, location_id, name, kind, capacity, bookable, active, timezone, version)
            select gen_random_uuid(), gen_random_uuid(), 'Sala', 'studio', 8, false, true, 'UTC', 1 from generate_series(1, 500)
            """);
        await fixture.Platform.ExecuteAsync("analyze rejected_readings");
        await fixture.Platform.ExecuteAsync("analyze spaces");
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);

        foreach (var reason in (string?[])[null, Rejection.Malformed, Rejection.UnknownSpace, Rejection.TooOld])
        {
            await using var newest = ListRejected.Newest(connection, reason, 20, 0);
            Assert.InRange(await RowsAsync(newest), 0, 40);
            await using var count = ListRejected.Count(connection, reason);
            // Those that are counted, and the few others that lie among them.
            Assert.InRange(await RowsAsync(count), 0, 10_100);
        }

        await using var due = new NpgsqlCommand(Redrive.Due, connection);
        due.Parameters.Add(new() { Value = TimeSpan.FromMinutes(10) });
        // Each space once, and whether there is anything at all.
        Assert.InRange(await RowsAsync(due), 0, 600);
        await using var total = ListRejected.Count(connection, Rejection.UnknownSpace);
        Assert.Equal(10_000L, await total.ExecuteScalarAsync(Ended));
    }

    /// <summary>Rows that the tables gave or that were thrown away on the way, by the server's own count; a scan of the whole list fails.</summary>
    private static async Task<double> RowsAsync(NpgsqlCommand command)
    {
        var sql = command.CommandText;
        command.CommandText = "explain (analyze, timing off, format json) " + sql;
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Ended))!);
        command.CommandText = sql;
        return Count(plan.RootElement[0].GetProperty("Plan"));

        static double Count(JsonElement node)
        {
            var isList = node.TryGetProperty("Relation Name", out var name) && name.GetString() == "rejected_readings";
            Assert.False(isList && node.GetProperty("Node Type").GetString() == "Seq Scan" && node.GetProperty("Actual Rows").GetDouble() > 10_000, node.GetRawText());
            var own = node.TryGetProperty("Relation Name", out _) ? (node.GetProperty("Actual Rows").GetDouble() + Removed(node)) * node.GetProperty("Actual Loops").GetDouble() : 0;
            return own + (node.TryGetProperty("Plans", out var below) ? below.EnumerateArray().Sum(Count) : 0);
        }

        static double Removed(JsonElement node) => node.TryGetProperty("Rows Removed by Filter", out var removed) ? removed.GetDouble() : 0;
    }
}
