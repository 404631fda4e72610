using System.Net;
using Coworking.Reservations.Tests.Series;
using Coworking.Reservations.Tests.Support;
using Npgsql;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingRacesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Of_sixty_four_rivals_for_a_slot_exactly_one_wins()
    {
        // Two replicas on one database.
        var clients = new[] { host.User, host.UserOfSecondReplica };

        for (var round = 0; round < 3; round++)
        {
            var (space, start) = (await host.SpaceAsync(), Stage.Monday().AddHours(9));
            // Staggered starts: every pair overlaps, no two are alike.
            var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => clients[i % 2].PostAsync("/bookings", Stage.Wish(space, start.AddSeconds(i % 2 * i)))));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
            var lost = answers.Where(answer => answer.Status == HttpStatusCode.Conflict).ToList();
            Assert.Equal(63, lost.Count);
            Assert.All(lost, answer => Assert.StartsWith("Schedule conflict: the space is already booked from ", answer.Message, StringComparison.Ordinal));
            Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
        }
    }

    [Fact]
    public async Task Of_thirty_two_rival_bookings_of_one_client_in_a_week_exactly_three_win()
    {
        var (spaces, monday, email, client) = (new[] { await host.SpaceAsync(), await host.SpaceAsync(), await host.SpaceAsync() }, Stage.Monday(), Stage.Email(), new[] { host.User, host.UserOfSecondReplica });
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => client[i / 2 % 2].PostAsync(
            "/bookings", Stage.Wish(spaces[i % 3], monday.AddHours(4 * i), email: i % 2 == 0 ? email : email.ToUpperInvariant()))));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(29, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest && answer.Code == "booking.weekly_limit"));
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where client_email_key = $1", email));
    }

    [Fact]
    public async Task Of_parallel_moves_onto_one_slot_exactly_one_wins()
    {
        var (space, monday, client) = (await host.SpaceAsync(), Stage.Monday(), host.User);
        var bookings = new List<Guid>();

        for (var i = 0; i < 16; i++)
        {
            bookings.Add((await host.BookAsync(space, monday.AddHours(i))).Id);
        }

        var target = new { startTime = monday.AddDays(3), endTime = monday.AddDays(3).AddHours(1) };
        var answers = await Task.WhenAll(bookings.Select(id => client.PatchAsync($"/bookings/{id}", target)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "booking.slot_taken"));
    }

    [Fact]
    public async Task Bookings_that_swap_spaces_at_once_never_break()
    {
        var (one, two, monday, client) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday(), host.User);
        var (a, b) = (await host.BookAsync(one, monday), await host.BookAsync(two, monday.AddHours(2)));

        for (var round = 0; round < 10; round++)
        {
            var (left, right) = round % 2 == 0 ? (two, one) : (one, two);
            var answers = await Task.WhenAll(client.PatchAsync($"/bookings/{a.Id}", new { spaceId = left }), client.PatchAsync($"/bookings/{b.Id}", new { spaceId = right }));
            Assert.All(answers, answer => answer.Is(HttpStatusCode.OK));
        }
    }

    [Fact]
    public async Task Parallel_changes_of_one_booking_are_all_kept_in_turn()
    {
        var (booking, client) = (await host.BookAsync(await host.SpaceAsync(), Stage.Monday()), host.User);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.PatchAsync($"/bookings/{booking.Id}", new { clientName = $"name {i}" })));
        Assert.Equal(Enumerable.Range(2, 20).Select(version => (long)version), answers.Select(answer => answer.Is(HttpStatusCode.OK)["version"].GetInt64()).Order());
    }

    [Fact]
    public async Task Of_parallel_cancellations_one_says_done()
    {
        var (booking, client) = (await host.BookAsync(await host.SpaceAsync(), Stage.Monday()), host.User);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.DeleteAsync($"/bookings/{booking.Id}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.NoContent);
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_space_is_not_removed_under_a_booking_that_is_being_placed()
    {
        for (var round = 0; round < 10; round++)
        {
            var (space, user, admin) = (await host.SpaceAsync(), host.User, host.Admin);
            var (placed, removed) = (user.PostAsync("/bookings", Stage.Wish(space, Stage.Monday())), admin.DeleteAsync($"/spaces/{space}"));
            await Task.WhenAll(placed, removed);
            var outcome = ((await placed).Status, (await removed).Status);
            Assert.True(outcome is (HttpStatusCode.Created, HttpStatusCode.Conflict) or (HttpStatusCode.NotFound, HttpStatusCode.NoContent), outcome.ToString());
        }
    }

    [Fact]
    public async Task A_space_that_moves_to_another_location_meanwhile_is_found_there()
    {
        var (here, there, monday, user) = (await host.LocationAsync(), await host.LocationAsync(), Stage.Monday(), host.User);
        var space = await host.SpaceAsync(here);

        // The second time the service has seen the space before, and asks for more in the same breath.
        foreach (var (target, hour, isSeries) in new[] { (there, 9, false), (here, 11, false), (there, 13, true) })
        {
            await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var move = new NpgsqlCommand("update spaces set location_id = $2 where id = $1", connection)
            {
                Parameters = { new() { Value = space }, new() { Value = target } },
            };
            await move.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var booking = isSeries
                ? user.PostAsync("/booking-series", SeriesTests.Body(space, monday.AddHours(hour), new { every = "day", count = 2 }))
                : user.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(hour)));
            await UntilALockIsWaitedForAsync();
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
            (await booking).Is(HttpStatusCode.Created);
            Assert.Equal(target, await host.ScalarAsync<Guid>("select location_id from bookings where space_id = $1 and start_time = $2", space, monday.AddHours(hour)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_booking_that_waits_while_its_location_gets_another_zone_is_judged_by_that_zone(bool isSeenBefore)
    {
        var location = await host.LocationAsync("UTC");
        var (space, monday, user) = (await host.SpaceAsync(location), Stage.Monday(), host.User);

        if (isSeenBefore)
        {
            await host.BookAsync(space, monday.AddDays(1));
        }

        await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var corrected = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update locations set timezone = 'Europe/Madrid' where id = $1") { Parameters = { new() { Value = location } } },
                new("update spaces set version = version + 1 where id = $1") { Parameters = { new() { Value = space } } },
            },
        };
        await corrected.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        // Sunday by UTC, Monday in Madrid.
        var placed = user.PostAsync("/bookings", Stage.Wish(space, monday.AddMinutes(-30), 0.5));
        await UntilALockIsWaitedForAsync();
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        var booking = (await placed).Is(HttpStatusCode.Created);
        Assert.Equal(
            DateOnly.FromDateTime(monday.UtcDateTime), await host.ScalarAsync<DateOnly>("select week_start from bookings where id = $1", booking.Id));
    }

    [Fact]
    public async Task Raw_SQL_that_overlaps_is_refused_by_the_database()
    {
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        var refused = await Assert.ThrowsAsync<PostgresException>(() => host.ExecuteAsync(Copy("interval '30 minutes'"), booking.Id, Guid.CreateVersion7()));
        Assert.Equal("bookings_no_overlap", refused.ConstraintName);
        Assert.Equal(1, await host.ExecuteAsync(Copy("interval '1 hour'"), booking.Id, Guid.CreateVersion7()));

        var reversed = await Assert.ThrowsAsync<PostgresException>(() => host.ExecuteAsync("update bookings set end_time = start_time where id = $1", booking.Id));
        Assert.Equal("bookings_start_before_end", reversed.ConstraintName);
    }

    [Fact]
    public async Task A_rival_who_takes_no_lock_wins_or_loses_by_the_constraint_alone()
    {
        // A writer of raw SQL holds the slot in a transaction that is still open: the service cannot see it, and waits in the constraint.
        var (space, monday, user) = (await host.SpaceAsync(), Stage.Monday(), host.User);
        var elsewhere = await host.BookAsync(await host.SpaceAsync(), monday);

        foreach (var commits in new[] { false, true })
        {
            await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var raw = new NpgsqlCommand($"{Copy("interval '0'", "$3")}", connection)
            {
                Parameters = { new() { Value = elsewhere.Id }, new() { Value = Guid.CreateVersion7() }, new() { Value = space } },
            };
            await raw.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var rival = user.PostAsync("/bookings", Stage.Wish(space, monday));
            await Local.Wait.UntilAsync(
                async () => await host.ScalarAsync<long>("select count(*) from pg_locks where not granted and locktype = 'transactionid'") > 0,
                TimeSpan.FromSeconds(60),
                "the service waits in the constraint",
                TestContext.Current.CancellationToken);

            if (commits)
            {
                await transaction.CommitAsync(TestContext.Current.CancellationToken);
                Assert.Equal("booking.slot_taken", (await rival).Is(HttpStatusCode.Conflict).Code);
                Assert.Contains($"already booked from {monday:yyyy-MM-dd}T00:00:00.000Z", (await rival).Message, StringComparison.Ordinal);
            }
            else
            {
                await transaction.RollbackAsync(TestContext.Current.CancellationToken);
                (await user.DeleteAsync($"/bookings/{(await rival).Is(HttpStatusCode.Created).Id}")).Is(HttpStatusCode.NoContent);
            }
        }
    }

    [Fact]
    public async Task A_deadlock_is_tried_again_and_no_client_sees_it()
    {
        // The first two inserts of bookings fail as a deadlock would.
        await host.ExecuteAsync("create sequence deadlocks");
        await host.ExecuteAsync("""
            create function deadlock() returns trigger language plpgsql as
            $$ begin if nextval('deadlocks') <= 2 then raise exception 'injected' using errcode = '40P01'; end if; return new; end $$
            """);
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        await host.ExecuteAsync($"create trigger deadlock before insert on bookings for each row when (new.space_id = '{space}') execute function deadlock()");
        await host.BookAsync(space, monday);
        Assert.Equal(3, await host.ScalarAsync<long>("select last_value from deadlocks"));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
    }

    private Task UntilALockIsWaitedForAsync() => Local.Wait.UntilAsync(
        async () => await host.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0,
        TimeSpan.FromSeconds(60),
        "the service waits for a lock",
        TestContext.Current.CancellationToken);

    private static string Copy(string later, string space = "space_id") => $"""
        insert into bookings (id, space_id, location_id, client_email, client_email_key, booking_date, start_time, end_time, blocked_from, blocked_until, week_start, status, created_at, updated_at)
        select $2, {space}, location_id, 'raw@example.com', 'raw@example.com', booking_date, start_time + {later}, end_time + {later}, blocked_from + {later}, blocked_until + {later},
            week_start, status, now(), now()
        from bookings where id = $1
        """;
}
