using System.Net;
using Coworking.Reservations.Tests.Support;
using Npgsql;

namespace Coworking.Reservations.Tests.Bookings;

/// <summary>Bookings that are asked for at the same time commit together, and none has to do with another's luck.</summary>
public sealed class PlacingGroupsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_at_once_commits_together_each_with_an_answer_a_notice_and_a_message_of_its_own()
    {
        await host.ExecuteAsync("create table said (occurred_at timestamptz, body text, trace_parent text)");
        await host.ExecuteAsync("""
            create function keep_said() returns trigger language plpgsql as
            $$ begin insert into said values (clock_timestamp(), new.body, new.trace_parent); return new; end $$
            """);
        await host.ExecuteAsync("create trigger keep_said after insert on outbox_messages for each row execute function keep_said()");
        var (spaces, monday, user) = (await SeenSpacesAsync(40), Stage.Monday(), host.User);
        var wishes = spaces.Select((space, i) => Stage.Wish(space, monday.AddHours(i % 3))).ToList();
        var answers = await Task.WhenAll(wishes.Select((wish, i) => user.PostOnceAsync("/bookings", wish, $"together {i}")));

        Assert.All(answers.Zip(spaces), one => Assert.Equal(one.Second, one.First.Is(HttpStatusCode.Created)["spaceId"].GetGuid()));
        var ids = answers.Select(answer => answer.Id).ToArray();
        Assert.Equal(40, await host.ScalarAsync<long>("select count(*) from bookings b join unnest($1, $2) as w (id, space) on w.id = b.id and w.space = b.space_id", ids, spaces));
        var transactions = await host.ScalarAsync<long>("select count(distinct xmin::text) from bookings where id = any($1)", ids);
        Assert.True(transactions < 40, $"{transactions} transactions for 40 bookings");
        Assert.Equal(40, await host.ScalarAsync<long>("select count(*) from notices where key = any(array(select 'booking/' || id || '/1' from unnest($1) as id))", ids));
        // A snapshot for somebody may say them again.
        const string Said = "said join unnest($1) as w (id) on body like '%' || id || '%'";
        Assert.Equal(40, await host.ScalarAsync<long>($"select count(distinct id) from {Said}", ids));
        Assert.Equal(40, await host.ScalarAsync<long>($"select count(distinct trace_parent) from (select distinct on (id) trace_parent from {Said} order by id, occurred_at) as first", ids));

        var again = await Task.WhenAll(wishes.Select((wish, i) => user.PostOnceAsync("/bookings", wish, $"together {i}")));
        Assert.Equal(answers.Select(answer => answer.Is(HttpStatusCode.Created).Body.ToString()), again.Select(answer => answer.Is(HttpStatusCode.Created).Body.ToString()));
    }

    [Fact]
    public async Task Each_is_told_its_own_refusal()
    {
        var (spaces, monday, user, busy) = (await SeenSpacesAsync(24), Stage.Monday(), host.User, Stage.Email());

        foreach (var (space, i) in spaces.Take(3).Select((space, i) => (space, i)))
        {
            await host.BookAsync(space, monday.AddDays(1 + i), email: busy);
            await host.BookAsync(space, monday.AddDays(5), 2);
        }

        var answers = await Task.WhenAll(spaces.Select((space, i) => user.PostAsync("/bookings", i switch
        {
            0 => Stage.Wish(space, monday.AddDays(4), email: busy),
            1 => Stage.Wish(space, monday.AddDays(5).AddHours(1)),
            2 => Stage.Wish(space, monday.AddDays(5), 26),
            3 => Stage.Wish(space, monday.AddHours(1), -1),
            _ => Stage.Wish(space, monday.AddDays(4)),
        })));
        Assert.Equal("booking.weekly_limit", answers[0].Is(HttpStatusCode.BadRequest).Code);
        Assert.Equal("booking.slot_taken", answers[1].Is(HttpStatusCode.Conflict).Code);
        Assert.Equal("booking.slot_taken", answers[2].Is(HttpStatusCode.Conflict).Code);
        Assert.Equal("booking.end_before_start", answers[3].Is(HttpStatusCode.BadRequest).Code);
        Assert.All(answers[4..], answer => answer.Is(HttpStatusCode.Created));
    }

    [Fact]
    public async Task Who_waits_for_a_space_delays_no_other()
    {
        var (spaces, monday, user) = (await SeenSpacesAsync(24), Stage.Monday(), host.User);
        await using var connection = await host.Database.OpenConnectionAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand("select 1 from spaces where id = $1 for update", connection) { Parameters = { new() { Value = spaces[0] } } };
        await hold.ExecuteNonQueryAsync(Stop);
        var answers = spaces.Select((space, i) => user.PostOnceAsync("/bookings", Stage.Wish(space, monday), $"space held {i}")).ToList();
        Assert.All(await Task.WhenAll(answers[1..]), answer => answer.Is(HttpStatusCode.Created));
        Assert.False(answers[0].IsCompleted);
        await transaction.CommitAsync(Stop);
        (await answers[0]).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Who_waits_in_the_constraint_or_for_his_own_week_delays_no_other()
    {
        var (spaces, monday, user, email) = (await SeenSpacesAsync(24), Stage.Monday(), host.User, Stage.Email());
        await using var connection = await host.Database.OpenConnectionAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        // Takes the slot by no lock, and has not committed.
        await using var hold = new NpgsqlCommand("update bookings set start_time = $2, end_time = $3, blocked_from = $2, blocked_until = $3 where space_id = $1", connection)
        {
            Parameters = { new() { Value = spaces[0] }, new() { Value = monday }, new() { Value = monday.AddHours(1) } },
        };
        await hold.ExecuteNonQueryAsync(Stop);
        // Both of one client: the first holds his week while it waits.
        var first = user.PostAsync("/bookings", Stage.Wish(spaces[0], monday, email: email));
        await Local.Wait.UntilAsync(
            async () => await host.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and now() - xact_start > interval '1 s'") > 0,
            TimeSpan.FromSeconds(60),
            "the first is placed alone and waits",
            Stop);
        var second = user.PostAsync("/bookings", Stage.Wish(spaces[1], monday, email: email));
        var others = spaces[2..].Select(space => user.PostAsync("/bookings", Stage.Wish(space, monday)));
        Assert.All(await Task.WhenAll(others), answer => answer.Is(HttpStatusCode.Created));
        Assert.False(first.IsCompleted || second.IsCompleted);
        await transaction.CommitAsync(Stop);
        Assert.Equal("booking.slot_taken", (await first).Is(HttpStatusCode.Conflict).Code);
        (await second).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Rivals_for_slots_and_weeks_of_known_spaces_get_what_there_is_and_no_more()
    {
        var (spaces, monday, clients) = (await SeenSpacesAsync(4), Stage.Monday(), new[] { host.User, host.UserOfSecondReplica });
        var answers = await Task.WhenAll(Enumerable.Range(0, 128).Select(i => clients[i / 4 % 2].PostAsync("/bookings", Stage.Wish(spaces[i % 4], monday.AddSeconds(i % 3 * i)))));
        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(124, answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "booking.slot_taken"));
        Assert.Equal(4, await host.ScalarAsync<long>("select count(*) from bookings where space_id = any($1) and start_time >= $2 and start_time < $3", spaces, monday, monday.AddHours(1)));

        var (email, hours) = (Stage.Email(), monday.AddDays(1));
        var wishes = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => clients[i / 4 % 2].PostAsync("/bookings", Stage.Wish(spaces[i % 4], hours.AddHours(i), email: i % 2 == 0 ? email : email.ToUpperInvariant()))));
        Assert.Equal(3, wishes.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(61, wishes.Count(answer => answer.Status == HttpStatusCode.BadRequest && answer.Code == "booking.weekly_limit"));
    }

    [Fact]
    public async Task Spaces_without_limits_and_requests_without_keys_are_placed_among_others()
    {
        var (free, bound, monday, user, email) = (await host.LocationAsync(), await SeenSpacesAsync(12), Stage.Monday(), host.User, Stage.Email());
        (await host.Admin.PutAsync($"/locations/{free}/policy", new { weeklyLimit = (int?)null })).Is(HttpStatusCode.OK);
        var unbound = await SeenSpacesAsync(12, free);

        for (var day = 1; day <= 3; day++)
        {
            await host.BookAsync(bound[0], monday.AddDays(day), email: email);
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i =>
        {
            // The client whose week is full asks in a space of each kind.
            var wish = Stage.Wish((i % 2 == 0 ? bound : unbound)[i / 2], monday, email: i is 4 or 15 ? email : null);
            return i % 3 == 0 ? user.PostAsync("/bookings", wish) : user.PostOnceAsync("/bookings", wish, $"mixed {i}");
        }));
        Assert.Equal("booking.weekly_limit", answers[4].Is(HttpStatusCode.BadRequest).Code);
        Assert.All(answers.Where((_, i) => i != 4), answer => answer.Is(HttpStatusCode.Created));
        Assert.Equal(15, await host.ScalarAsync<long>("select count(*) from idempotency_keys where key like 'mixed %'"));
    }

    [Fact]
    public async Task What_a_space_is_like_now_decides_and_not_what_it_was_like_when_it_was_seen()
    {
        var (spaces, monday, user, admin) = (await SeenSpacesAsync(16), Stage.Monday(), host.User, host.Admin);
        var location = await host.LocationAsync("Europe/Madrid");
        await host.BookAsync(spaces[0], monday.AddHours(1));
        await host.ExecuteAsync("update spaces set buffer_after_minutes = 30 where id = $1", spaces[0]);
        await host.ExecuteAsync("update spaces set location_id = $2 where id = $1", spaces[1], location);
        (await admin.PutAsync($"/spaces/{spaces[2]}/policy", new { maxMinutes = 30 })).Is(HttpStatusCode.OK);
        await host.ExecuteAsync("update spaces set removed_at = now() where id = $1", spaces[3]);
        await host.ExecuteAsync("update spaces set bookable = false where id = $1", spaces[4]);
        var answers = await Task.WhenAll(spaces.Select(space => user.PostAsync("/bookings", Stage.Wish(space, monday))));
        Assert.Equal("booking.slot_taken", answers[0].Is(HttpStatusCode.Conflict).Code);
        Assert.Equal(location, answers[1].Is(HttpStatusCode.Created)["locationId"].GetGuid());
        Assert.Equal("booking.max_minutes", answers[2].Is(HttpStatusCode.BadRequest).Code);
        Assert.Equal("space.not_found", answers[3].Is(HttpStatusCode.NotFound).Code);
        Assert.Equal("booking.space_not_bookable", answers[4].Is(HttpStatusCode.Conflict).Code);
        Assert.All(answers[5..], answer => answer.Is(HttpStatusCode.Created));
    }

    [Fact]
    public async Task Copies_of_requests_with_keys_are_done_once()
    {
        var (spaces, monday, user) = (await SeenSpacesAsync(12), Stage.Monday(), host.User);
        var wishes = spaces.Select(space => Stage.Wish(space, monday)).ToList();
        var copies = await Task.WhenAll(Enumerable.Range(0, 36).Select(i => user.PostOnceAsync("/bookings", wishes[i % 12], $"copy {i % 12}")));
        Assert.All(copies, answer => Assert.True(answer.Status == HttpStatusCode.Created || answer.Code == "idempotency.in_progress", answer.Body.ToString()));
        Assert.Equal(12, copies.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Id).Distinct().Count());
        Assert.Equal(12, await host.ScalarAsync<long>("select count(*) from bookings where space_id = any($1) and start_time = $2", spaces, monday));
        Assert.Equal("idempotency.key_reused", (await user.PostOnceAsync("/bookings", Stage.Wish(spaces[0], monday.AddDays(1)), "copy 0")).Is(HttpStatusCode.UnprocessableEntity).Code);
    }

    [Fact]
    public async Task Backends_that_die_while_groups_are_placed_leave_all_of_a_booking_or_nothing()
    {
        var (spaces, monday, user) = (await SeenSpacesAsync(24), Stage.Monday(), host.User);

        for (var round = 0; round < 8; round++)
        {
            var wishes = spaces.Select(space => Stage.Wish(space, monday.AddHours(2 * round))).ToList();
            var asked = wishes.Select((wish, i) => user.PostOnceAsync("/bookings", wish, $"dies {round} {i}")).ToList();
            await Task.Delay(TimeSpan.FromMilliseconds(3 * round), Stop);
            await host.ExecuteAsync("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and application_name = 'coworking-reservations' and xact_start is not null
                """);
            // A backend that dies says so before it lets its keys go.
            Assert.All(await Task.WhenAll(asked), answer => Assert.True(
                answer.Status is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable || answer.Code == "idempotency.in_progress", $"{answer.Status} {answer.Body}"));

            // A client that was told 503 asks again, and some connections of the pool may still be those of the dead.
            foreach (var (wish, i) in wishes.Select((wish, i) => (wish, i)))
            {
                await Local.Wait.UntilAsync(
                    async () => (await user.PostOnceAsync("/bookings", wish, $"dies {round} {i}")).Status == HttpStatusCode.Created, TimeSpan.FromSeconds(30), "the booking is placed", Stop);
            }
        }

        Assert.Equal(24 * 8, await host.ScalarAsync<long>("select count(*) from bookings where space_id = any($1) and start_time >= $2", spaces, monday));
        Assert.Equal(24 * 8, await host.ScalarAsync<long>("select count(*) from notices where key in (select 'booking/' || id || '/1' from bookings where space_id = any($1) and start_time >= $2)", spaces, monday));
        Assert.Equal(24 * 8, await host.ScalarAsync<long>("select count(*) from idempotency_keys where key like 'dies %'"));
    }

    [Fact]
    public async Task A_group_that_fails_is_placed_one_by_one()
    {
        var (spaces, monday, user) = (await SeenSpacesAsync(24), Stage.Monday(), host.User);
        await host.ExecuteAsync("create sequence broken_groups");
        await host.ExecuteAsync("""
            create function break_group() returns trigger language plpgsql as
            $$ begin if (select count(*) from fresh) > 1 then perform nextval('broken_groups'); raise exception 'injected'; end if; return null; end $$
            """);
        await host.ExecuteAsync("create trigger break_group after insert on bookings referencing new table as fresh for each statement execute function break_group()");

        try
        {
            var answers = await Task.WhenAll(spaces.Select(space => user.PostAsync("/bookings", Stage.Wish(space, monday))));
            Assert.All(answers, answer => answer.Is(HttpStatusCode.Created));
        }
        finally
        {
            await host.ExecuteAsync("drop trigger break_group on bookings");
        }

        Assert.True(await host.ScalarAsync<bool>("select is_called from broken_groups"), "no group was placed");
        Assert.Equal(24, await host.ScalarAsync<long>("select count(*) from bookings where space_id = any($1) and start_time = $2", spaces, monday));
    }

    /// <summary>Spaces that were booked once: what they are like is known then.</summary>
    private async Task<Guid[]> SeenSpacesAsync(int count, Guid? locationId = null)
    {
        var (location, monday) = (locationId ?? await host.LocationAsync(), Stage.Monday());
        var spaces = new Guid[count];

        for (var i = 0; i < count; i++)
        {
            spaces[i] = await host.SpaceAsync(location);
            await host.BookAsync(spaces[i], monday);
        }

        return spaces;
    }
}
