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
        await host.ExecuteAsync("create table said (message_id uuid, body text, trace_parent text)");
        await host.ExecuteAsync("""
            create function keep_said() returns trigger language plpgsql as
            $$ begin insert into said values (new.message_id, new.body, new.trace_parent); return new; end $$
            """);
        await host.ExecuteAsync("create trigger keep_said after insert on outbox_messages for each row execute function keep_said()");
        var (spaces, monday, user) = (await SeenSpacesAsync(40), Stage.Monday(), host.User);
        await host.ExecuteAsync("truncate said");
        var wishes = spaces.Select((space, i) => Stage.Wish(space, monday.AddHours(i % 3))).ToList();
        var answers = await Task.WhenAll(wishes.Select((wish, i) => user.PostOnceAsync("/bookings", wish, $"together {i}")));

        Assert.All(answers.Zip(spaces), one => Assert.Equal(one.Second, one.First.Is(HttpStatusCode.Created)["spaceId"].GetGuid()));
        var ids = answers.Select(answer => answer.Id).ToArray();
        Assert.Equal(40, await host.ScalarAsync<long>("select count(*) from bookings b join unnest($1, $2) as w (id, space) on w.id = b.id and w.space = b.space_id", ids, spaces));
        var transactions = await host.ScalarAsync<long>("select count(distinct xmin::text) from bookings where id = any($1)", ids);
        Assert.True(transactions < 40, $"{transactions} transactions for 40 bookings");
        Assert.Equal(40, await host.ScalarAsync<long>("select count(*) from notices where key = any(array(select 'booking/' || id || '/1' from unnest($1) as id))", ids));
        Assert.Equal(40, await host.ScalarAsync<long>("select count(*) from said join unnest($1) as w (id) on body like '%' || id || '%'", ids));
        Assert.Equal(40, await host.ScalarAsync<long>("select count(distinct trace_parent) from said"));

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

    [Theory]
    [InlineData("select 1 from spaces where id = $1 for update", false)]
    [InlineData("select 1 from week_quotas where client_email_key = $2 for update", false)]
    // Overlaps, takes no lock, and has not committed.
    [InlineData("update bookings set start_time = $3, end_time = $4, blocked_from = $3, blocked_until = $4 where space_id = $1", true)]
    public async Task Who_has_to_wait_delays_no_other(string held, bool isTaken)
    {
        var (spaces, monday, user, email) = (await SeenSpacesAsync(24), Stage.Monday(), host.User, Stage.Email());
        var first = monday.AddDays(2);
        await host.BookAsync(spaces[1], monday, email: email);
        await using var connection = await host.Database.OpenConnectionAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand(held, connection);

        foreach (var value in new object[] { spaces[0], email, first, first.AddHours(1) }.Take(held.Contains("$4", StringComparison.Ordinal) ? 4 : held.Contains("$2", StringComparison.Ordinal) ? 2 : 1))
        {
            hold.Parameters.Add(new() { Value = value, DataTypeName = value is string ? "text" : null });
        }

        await hold.ExecuteNonQueryAsync(Stop);
        var answers = spaces.Select((space, i) => user.PostOnceAsync("/bookings", Stage.Wish(space, first, email: i == 0 ? email : null), $"wait {held} {i}")).ToList();
        var others = await Task.WhenAll(answers[1..]);
        Assert.All(others, answer => answer.Is(HttpStatusCode.Created));
        Assert.False(answers[0].IsCompleted);
        await transaction.CommitAsync(Stop);
        (await answers[0]).Is(isTaken ? HttpStatusCode.Conflict : HttpStatusCode.Created);
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
    private async Task<Guid[]> SeenSpacesAsync(int count)
    {
        var (location, monday) = (await host.LocationAsync(), Stage.Monday());
        var spaces = new Guid[count];

        for (var i = 0; i < count; i++)
        {
            spaces[i] = await host.SpaceAsync(location);
            await host.BookAsync(spaces[i], monday);
        }

        return spaces;
    }
}
