using System.Diagnostics;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class ReportedSetTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly DateTimeOffset Start = Room.FullMinute(TimeProvider.System.GetUtcNow().AddHours(-1));

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_thousand_reports_in_a_batch_cost_as_many_statements_as_a_few_and_say_what_they_would_one_by_one()
    {
        var random = new Random(20_261_121);
        var (fleet, whole, single, few) = (await SpacesAsync(20), await SpacesAsync(20), await SpacesAsync(20), await SpacesAsync(4));
        // Copies, reports that come after newer ones, and two that differ at the same time among them.
        var script = Enumerable.Range(0, 2000).Select(_ => (Space: random.Next(20), Second: random.Next(60), Sampling: random.Next(3) == 0 ? 30 : 10)).ToArray();
        await using var store = fixture.OpenStore();

        var first = script[..400];

        foreach (var report in first)
        {
            await store.StoreAsync([Of(single, report)]);
        }

        var fewStatements = await CountAsync(() => store.StoreAsync(Enumerable.Range(0, 4).Select(space => Of(few, (space, 1, 30)))));
        var statements = await CountAsync(() => store.StoreAsync(script.Select(report => Of(fleet, report))));
        await store.StoreAsync(first.Select(report => Of(whole, report)));
        Assert.InRange(fewStatements, 2, 12);
        Assert.InRange(statements, 2, 12);

        for (var i = 0; i < whole.Length; i++)
        {
            Assert.Equal(await RowsAsync(single[i]), await RowsAsync(whole[i]));
            Assert.Equal(await SaidAsync(single[i]), await SaidAsync(whole[i]));
        }

        var resolved = await fixture.Platform.ScalarAsync<long>(
            "select count(*) from alerts where resolution = 'back_to_normal' and space_id = any($1)", whole.Select(space => space.Id).ToArray());
        Assert.InRange(resolved, 10, 20);
    }

    private static ReportedState Of(Space[] spaces, (int Space, int Second, int Sampling) report) =>
        new(spaces[report.Space], Start.AddSeconds(report.Second), report.Sampling, 1000, report.Second % 2 == 0 ? "1.0.0" : null);

    /// <summary>Spaces that are asked for 30 s and have diverged.</summary>
    private async Task<Space[]> SpacesAsync(int count)
    {
        var spaces = new Space[count];

        for (var i = 0; i < count; i++)
        {
            spaces[i] = await fixture.AddSpaceAsync();
            await SetDesired.StoreAsync(spaces[i].Id, new SetDesired.Request(30, 1000), [], "test", fixture.Platform.Database, TimeProvider.System, Ended);
            await fixture.Platform.ExecuteAsync("update twins set status = 'diverged' where space_id = $1", spaces[i].Id);
            await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
            await using var transaction = await connection.BeginTransactionAsync(Ended);
            var effects = new Effects(TimeProvider.System.GetUtcNow());
            Assert.True(await AlertBook.OpenAsync(connection, spaces[i].Id, AlertKind.TwinDivergence, Start, Start, new { }, effects, Ended));
            await effects.WriteAsync(connection, Ended);
            await transaction.CommitAsync(Ended);
        }

        return spaces;
    }

    private async Task<List<string>> RowsAsync(Space space) =>
    [
        .. await fixture.Platform.ListAsync(
            """
            select concat_ws('|', reported_sampling_sec, reported_co2_threshold, reported_firmware, reported_at, reported_version, version, status) from twins where space_id = $1
            """, reader => reader.GetString(0), space.Id),
        .. await fixture.Platform.ListAsync(
            "select concat_ws('|', coalesce(version::text, '-'), payload, at) from twin_history where space_id = $1 and kind = 'reported' order by id", reader => reader.GetString(0), space.Id),
        .. await fixture.Platform.ListAsync("select concat_ws('|', kind, resolution, version) from alerts where space_id = $1", reader => reader.GetString(0), space.Id),
    ];

    private Task<List<string>> SaidAsync(Space space) => fixture.Platform.ListAsync(
        """
        select concat_ws('|', o.type, o.body::jsonb->>'version', o.body::jsonb->'reported'->>'reportedAt') from outbox_messages o where o.body like '%' || $1 || '%' order by 1
        """, reader => reader.GetString(0), space.Id.ToString());

    /// <summary>Round trips to this test's database, as its driver tells of them.</summary>
    private async Task<int> CountAsync(Func<Task> act)
    {
        var name = new Npgsql.NpgsqlConnectionStringBuilder(fixture.Platform.ConnectionString).Database;
        var count = 0;

        using (var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => _ = activity.TagObjects.Any(tag => Equals(tag.Value, name)) ? Interlocked.Increment(ref count) : 0,
        })
        {
            ActivitySource.AddActivityListener(listener);
            await act();
        }

        return count;
    }
}
