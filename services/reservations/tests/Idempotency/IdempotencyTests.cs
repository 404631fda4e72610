using System.Net;
using Coworking.Local;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Idempotency;

public sealed class IdempotencyTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task The_same_request_with_the_same_key_is_done_once_and_answered_alike()
    {
        var space = await host.SpaceAsync();
        var wish = Stage.Wish(space, Stage.Monday());
        var first = (await host.User.PostOnceAsync("/bookings", wish, "k 1")).Is(HttpStatusCode.Created);
        var second = (await host.User.PostOnceAsync("/bookings", wish, "k 1")).Is(HttpStatusCode.Created);
        Assert.Equal((first.Body.ToString(), first.ETag, first.MediaType), (second.Body.ToString(), second.ETag, second.MediaType));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));

        var other = Stage.Wish(space, Stage.Monday());
        (await host.User.PostOnceAsync("/bookings", other, "k 1")).Refuses(
            HttpStatusCode.UnprocessableEntity, "This Idempotency-Key was used here for another request; take a new one", "idempotency.key_reused");
        (await host.User.PostOnceAsync("/bookings?dryRun=true", wish, "k 1")).Is(HttpStatusCode.UnprocessableEntity);
        // Another caller and another address have keys of their own.
        (await host.Admin.PostOnceAsync("/bookings", other, "k 1")).Is(HttpStatusCode.Created);
        (await host.User.PostOnceAsync($"/bookings/{first.Id}/cancel", new { }, "k 1")).Is(HttpStatusCode.OK);
        (await host.User.PostOnceAsync($"/bookings/{first.Id}/cancel", new { }, "k 1")).Is(HttpStatusCode.OK);
        (await host.User.PostOnceAsync($"/bookings/{first.Id}/cancel", new { }, "k 2")).Is(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Every_POST_of_the_service_knows_keys()
    {
        var location = new { name = "Once", latitude = 1, longitude = 1 };
        var registered = (await host.Admin.PostOnceAsync("/locations", location, "k")).Is(HttpStatusCode.Created);
        Assert.Equal(registered.Id, (await host.Admin.PostOnceAsync("/locations", location, "k")).Id);
        var space = new { locationId = registered.Id, name = "Once", capacity = 2 };
        var room = (await host.Admin.PostOnceAsync("/spaces", space, "k")).Is(HttpStatusCode.Created);
        Assert.Equal(room.Body.ToString(), (await host.Admin.PostOnceAsync("/spaces", space, "k")).Body.ToString());
        Assert.Equal(room.Body.ToString(), (await host.Admin.GetAsync($"/spaces?locationId={registered.Id}")).Data[0].ToString());
        var asked = (await host.Admin.PostOnceAsync("/admin/republish", new { }, "k")).Is(HttpStatusCode.Accepted);
        Assert.Equal(asked.Body.ToString(), (await host.Admin.PostOnceAsync("/admin/republish", new { }, "k")).Body.ToString());
    }

    [Fact]
    public async Task A_rehearsal_is_not_kept_and_its_key_is_good_for_the_real_thing()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var series = new { spaceId = space, clientEmail = Stage.Email(), first = new { start = monday, end = monday.AddHours(1) }, repeat = new { every = "week", count = 2 }, onConflict = "skip" };
        var free = (await host.User.PostOnceAsync("/booking-series?dryRun=true", series, "s 1")).Is(HttpStatusCode.OK);
        await host.BookAsync(space, monday);

        var taken = (await host.User.PostOnceAsync("/booking-series?dryRun=true", series, "s 1")).Is(HttpStatusCode.OK);

        Assert.NotEqual(free.Body.ToString(), taken.Body.ToString());
        var made = (await host.User.PostOnceAsync("/booking-series", series, "s 1")).Is(HttpStatusCode.Created);
        Assert.Equal(made.Id, (await host.User.PostOnceAsync("/booking-series", series, "s 1")).Is(HttpStatusCode.Created).Id);
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where series_id = $1", made.Id));
    }

    [Fact]
    public async Task Refusals_are_not_kept()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var rival = await host.BookAsync(space, monday);
        var wish = Stage.Wish(space, monday);
        (await host.User.PostOnceAsync("/bookings", wish, "r")).Is(HttpStatusCode.Conflict);
        (await host.User.DeleteAsync($"/bookings/{rival.Id}")).Is(HttpStatusCode.NoContent);
        (await host.User.PostOnceAsync("/bookings", wish, "r")).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_is_one_value_of_printable_characters()
    {
        var space = await host.SpaceAsync();
        const string Message = "Idempotency-Key must be one value of 1 to 255 printable ASCII characters";

        Assert.False(RequestKey.IsValid("") || RequestKey.IsValid("tab\there") || RequestKey.IsValid("ключ"));

        foreach (var bad in new[] { new string('x', 256), "tab\there" })
        {
            (await host.User.PostOnceAsync("/bookings", Stage.Wish(space, Stage.Monday()), bad)).Refuses(HttpStatusCode.BadRequest, Message, "idempotency.key_invalid");
        }

        (await host.User.PostOnceAsync("/bookings", Stage.Wish(space, Stage.Monday()), new string('~', 255))).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task While_it_runs_a_second_one_is_told_to_wait()
    {
        var (space, monday, user) = (await host.SpaceAsync(), Stage.Monday(), host.User);
        await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var hold = new Npgsql.NpgsqlCommand("select 1 from spaces where id = $1 for update", connection) { Parameters = { new() { Value = space } } };
        await hold.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        var wish = Stage.Wish(space, monday);
        var first = user.PostOnceAsync("/bookings", wish, "slow");
        await Local.Wait.UntilAsync(
            async () => await host.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())") > 0,
            TimeSpan.FromSeconds(60),
            "the first holds its key",
            TestContext.Current.CancellationToken);
        (await user.PostOnceAsync("/bookings", wish, "slow")).Refuses(
            HttpStatusCode.Conflict, "A request with this Idempotency-Key is still running; try again shortly", "idempotency.in_progress");
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        var done = (await first).Is(HttpStatusCode.Created);
        Assert.Equal(done.Body.ToString(), (await user.PostOnceAsync("/bookings", wish, "slow")).Body.ToString());
    }

    [Fact]
    public async Task What_was_changed_and_what_was_answered_commit_together()
    {
        // Twice: what fails in a group is tried alone.
        await host.ExecuteAsync("create sequence lost_answers");
        await host.ExecuteAsync("""
            create function lose_answer() returns trigger language plpgsql as
            $$ begin if new.key = 'lost' and nextval('lost_answers') <= 2 then raise exception 'injected' using errcode = '57P01'; end if; return new; end $$
            """);
        await host.ExecuteAsync("create trigger lose_answer before insert on idempotency_keys for each row execute function lose_answer()");
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var wish = Stage.Wish(space, monday);
        (await host.User.PostOnceAsync("/bookings", wish, "lost")).Is(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
        (await host.User.PostOnceAsync("/bookings", wish, "lost")).Is(HttpStatusCode.Created);
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
    }

    [Fact]
    public async Task Three_of_each_key_at_once_with_connections_cut_in_between_make_one_row_a_key()
    {
        const int Keys = 20;
        var (space, monday, client) = (await host.SpaceAsync(), Stage.Monday(), host.User);
        var work = Task.WhenAll(Enumerable.Range(0, Keys).SelectMany(key => Enumerable.Range(0, 3).Select(_ => UntilAnsweredAsync(
            client, Stage.Wish(space, monday.AddHours(key), email: $"once-{key}@example.com"), $"cut {key}"))));

        for (var cut = 0; cut < 10 && !work.IsCompleted; cut++)
        {
            await host.ScalarAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and application_name = 'coworking-reservations' and xact_start is not null
                """);
        }

        var answers = await work;
        Assert.Equal(Keys, answers.Select(answer => answer.Body.ToString()).Distinct().Count());
        Assert.Equal(Keys, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day_and_a_message_after_a_week()
    {
        var wish = Stage.Wish(await host.SpaceAsync(), Stage.Monday());
        var first = (await host.User.PostOnceAsync("/bookings", wish, "old")).Is(HttpStatusCode.Created);
        await host.ExecuteAsync("update idempotency_keys set created_at = created_at - interval '24 hours' where key = 'old'");
        await host.ExecuteAsync("insert into inbox_messages values ('00000000-0000-7000-8000-000000000001', 'Old', now() - interval '8 days')");
        await host.ExecuteAsync("insert into inbox_messages values ('00000000-0000-7000-8000-000000000002', 'Old', now() - interval '6 days')");
        // Forgotten before it is purged: the slot is taken by now.
        (await host.User.PostOnceAsync("/bookings", wish, "old")).Is(HttpStatusCode.Conflict);
        await host.Services.GetRequiredService<ForgetOldKeys>().RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from idempotency_keys where key = 'old'"));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from inbox_messages where consumer = 'Old'"));
        (await host.User.DeleteAsync($"/bookings/{first.Id}")).Is(HttpStatusCode.NoContent);
        (await host.User.PostOnceAsync("/bookings", wish, "old")).Is(HttpStatusCode.Created);
    }

    /// <summary>Asks as a client does that was told to try again.</summary>
    private static async Task<Answer> UntilAnsweredAsync(Client client, object body, string key)
    {
        Answer? answer = null;
        await Wait.UntilAsync(
            async () =>
            {
                answer = await client.PostOnceAsync("/bookings", body, key);
                Assert.True(
                    answer.Status is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable || answer.Code == "idempotency.in_progress", $"{answer.Status}: {answer.Body}");
                return answer.Status == HttpStatusCode.Created;
            },
            TimeSpan.FromSeconds(90), $"an answer for {key}", TestContext.Current.CancellationToken);
        return answer!;
    }
}
