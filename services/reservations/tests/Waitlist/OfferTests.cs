using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class OfferTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task What_is_cancelled_is_held_for_the_first_who_waits_and_claimed_by_the_link()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var waiter = await host.WaitAsync(space, monday.AddHours(8), monday.AddHours(12), email: email, more: new { clientName = "Ana", attendees = 4 });
        Assert.Equal("waiting", await host.StatusAsync(waiter));
        var before = TimeProvider.System.GetUtcNow();
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);

        var entry = await host.EntryAsync(waiter);
        Assert.Equal("offered", entry["status"].GetString());
        var offer = entry["offer"];
        var hold = (await host.User.GetAsync($"/bookings/{offer.GetProperty("bookingId").GetGuid()}")).Is(HttpStatusCode.OK);
        Assert.Equal(("held", "waitlist", email, "Ana", 4), (hold["status"].GetString(), hold["source"].GetString(), hold["clientEmail"].GetString(), hold["clientName"].GetString(), hold["attendees"].GetInt32()));
        Assert.Equal((WaitlistStage.Time(monday.AddHours(9)), WaitlistStage.Time(monday.AddHours(10))), Span(hold));
        Assert.InRange(offer.GetProperty("heldUntil").GetDateTimeOffset() - before, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(31));

        var nobody = host.Nobody();
        var seen = (await nobody.GetAsync(host.Link(waiter))).Is(HttpStatusCode.OK);
        Assert.Equal(("open", "Room"), (seen["status"].GetString(), seen["space"].GetProperty("name").GetString()));
        Assert.DoesNotContain(email, seen.Body.ToString(), StringComparison.Ordinal);
        Assert.Equal("held", await BookingStatusAsync(hold.Id));

        (await nobody.PostAsync(host.Link(waiter) + "/claim", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(("confirmed", "served"), (await BookingStatusAsync(hold.Id), await host.StatusAsync(waiter)));
        (await nobody.PostAsync(host.Link(waiter) + "/claim", new { })).Refuses(HttpStatusCode.Conflict, "The offer has been claimed already; the time is booked", "waitlist.offer_claimed");
        (await nobody.PostAsync(host.Link(waiter) + "/decline", new { })).Is(HttpStatusCode.Conflict);
        Assert.Equal("confirmed", await BookingStatusAsync(hold.Id));
    }

    [Fact]
    public async Task The_first_in_the_queue_is_served_first_unless_another_has_priority()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var (first, second) = (await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)), await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)));
        var urgent = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10), more: new { priority = 1 });
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);

        // Each lets it pass in turn, and is not asked again for the same time.
        foreach (var waiter in new[] { urgent, first, second })
        {
            Assert.Equal(["offered"], await StatusesAsync(waiter));
            Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1 and status = 'held'", space));
            (await host.Nobody().PostAsync(host.Link(waiter) + "/decline", new { })).Is(HttpStatusCode.OK);
            (await host.Nobody().PostAsync(host.Link(waiter) + "/claim", new { })).Refuses(HttpStatusCode.Conflict, "The offer has been declined already", "waitlist.offer_declined");
        }

        Assert.Equal(["waiting", "waiting", "waiting"], await StatusesAsync(urgent, first, second));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1 and status = 'held'", space));
        await host.BookAsync(space, monday.AddHours(9));
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_is_passed_over_once_by_however_many_replicas()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var (first, second) = (await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)), await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        var heldUntil = (await host.EntryAsync(first))["offer"].GetProperty("heldUntil").GetDateTimeOffset();

        await host.WatchAsync(heldUntil.AddSeconds(-1));
        Assert.Equal(["offered", "waiting"], await StatusesAsync(first, second));

        // Two that believe to hold the lease.
        var link = host.Link(first);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.WatchAsync(heldUntil)));
        Assert.Equal(["waiting", "offered"], await StatusesAsync(first, second));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1 and status = 'held'", space));
        Assert.Equal(2, await host.ScalarAsync<long>("select count(*) from waitlist_offers o join bookings b on b.id = o.booking_id where b.space_id = $1", space));
        (await host.Nobody().PostAsync(link + "/claim", new { })).Refuses(HttpStatusCode.Gone, "The offer has expired; the time was passed on", "waitlist.offer_expired");
        (await host.Nobody().GetAsync(link)).Is(HttpStatusCode.Gone);
        Assert.Equal("offered", await host.StatusAsync(second));
    }

    [Fact]
    public async Task A_claim_after_the_time_is_too_late_though_nobody_has_cleared_the_hold_away()
    {
        var (waiter, hold) = await host.OfferedAsync();
        await host.ExecuteAsync("update waitlist_offers set held_until = now() - interval '1 second' where booking_id = $1", hold);
        (await host.Nobody().PostAsync(host.Link(waiter) + "/claim", new { })).Is(HttpStatusCode.Gone);
        (await host.Nobody().PostAsync(host.Link(waiter) + "/decline", new { })).Is(HttpStatusCode.Gone);
        Assert.Equal("held", await BookingStatusAsync(hold));
    }

    [Fact]
    public async Task Of_many_claims_at_once_one_says_done()
    {
        var (waiter, hold) = await host.OfferedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => host.Nobody().PostAsync(host.Link(waiter) + (i % 2 == 0 ? "/claim" : "/decline"), new { })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Contains(await BookingStatusAsync(hold), (string[])["confirmed", "cancelled"]);
    }

    [Fact]
    public async Task What_a_waiter_does_not_need_goes_to_the_next()
    {
        var (space, monday) = (await host.SpaceAsync(more: new { bufferBefore = 15, bufferAfter = 15 }), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9), hours: 3);
        var (hour, half, none) = (
            await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(12)),
            await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(12), minutes: 30),
            await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(12), minutes: 61));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["offered", "offered", "waiting"], await StatusesAsync(hour, half, none));
        // Behind the hour and both buffers.
        Assert.Equal(monday.AddHours(10.5), (await host.EntryAsync(half))["offer"].GetProperty("start").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_move_frees_what_it_leaves_and_any_space_of_the_location_will_do()
    {
        var (location, monday) = (await host.LocationAsync(), Stage.Monday());
        var (small, large) = (await host.SpaceAsync(location, more: new { capacity = 2 }), await host.SpaceAsync(location));
        var (a, b) = (await host.BookAsync(small, monday.AddHours(9)), await host.BookAsync(large, monday.AddHours(9)));
        var body = WaitlistStage.Wait(small, monday.AddHours(9), monday.AddHours(10), more: new { locationId = location, attendees = 5 });
        body["spaceId"] = null;
        var waiter = (await host.User.PostAsync("/waitlist", body)).Is(HttpStatusCode.Created).Id;

        (await host.User.PatchAsync($"/bookings/{a.Id}", new { startTime = monday.AddHours(12), endTime = monday.AddHours(13) })).Is(HttpStatusCode.OK);
        Assert.Equal("waiting", await host.StatusAsync(waiter));
        (await host.User.PatchAsync($"/bookings/{b.Id}", new { startTime = monday.AddHours(12), endTime = monday.AddHours(13) })).Is(HttpStatusCode.OK);
        Assert.Equal(large, (await host.EntryAsync(waiter))["offer"].GetProperty("spaceId").GetGuid());
    }

    [Fact]
    public async Task Whoever_has_used_up_the_week_is_passed_over()
    {
        var (space, other, monday, full) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        var booked = await host.BookAsync(space, monday.AddHours(9));

        for (var i = 0; i < 3; i++)
        {
            await host.BookAsync(other, monday.AddHours(i), email: full);
        }

        var (first, second) = (await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10), email: full), await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["waiting", "offered"], await StatusesAsync(first, second));
    }

    [Fact]
    public async Task Fifty_rivals_on_two_replicas_never_take_what_is_held()
    {
        var (space, monday, user, other) = (await host.SpaceAsync(), Stage.Monday(), host.User, host.UserOfSecondReplica);

        for (var round = 0; round < 3; round++)
        {
            var start = monday.AddDays(round).AddHours(9);
            var booked = await host.BookAsync(space, start);
            var waiter = await host.WaitAsync(space, start, start.AddHours(1));
            var rivals = Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? user : other).PostAsync("/bookings", Stage.Wish(space, start.AddMinutes(i % 3 * 10)))).ToList();
            var cancelled = user.DeleteAsync($"/bookings/{booked.Id}");
            (await cancelled).Is(HttpStatusCode.NoContent);
            Assert.All(await Task.WhenAll(rivals), rival => rival.Is(HttpStatusCode.Conflict));
            Assert.Equal("offered", await host.StatusAsync(waiter));
            (await host.Nobody().PostAsync(host.Link(waiter) + "/claim", new { })).Is(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task One_who_waits_in_a_location_is_offered_one_space_though_many_become_free_at_once()
    {
        var (location, monday, user) = (await host.LocationAsync(), Stage.Monday(), host.User);
        var bookings = new List<Guid>();

        for (var i = 0; i < 6; i++)
        {
            bookings.Add((await host.BookAsync(await host.SpaceAsync(location), monday.AddHours(9))).Id);
        }

        var waiters = new List<Guid>();

        for (var i = 0; i < 3; i++)
        {
            var body = WaitlistStage.Wait(default, monday.AddHours(9), monday.AddHours(10), more: new { locationId = location });
            body.Remove("spaceId");
            waiters.Add((await user.PostAsync("/waitlist", body)).Is(HttpStatusCode.Created).Id);
        }

        Assert.All(await Task.WhenAll(bookings.Select(id => user.DeleteAsync($"/bookings/{id}"))), answer => answer.Is(HttpStatusCode.NoContent));
        Assert.Equal(["offered", "offered", "offered"], await StatusesAsync([.. waiters]));
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where location_id = $1 and status = 'held'", location));
    }

    [Fact]
    public async Task Who_leaves_gives_the_held_time_to_the_next()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var (first, second) = (await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)), await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10)));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        (await host.User.DeleteAsync($"/waitlist/{first}", "\"1\"")).Is(HttpStatusCode.PreconditionFailed);
        (await host.User.DeleteAsync($"/waitlist/{first}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["withdrawn", "offered"], await StatusesAsync(first, second));
        (await host.User.DeleteAsync($"/waitlist/{first}")).Refuses(HttpStatusCode.Conflict, "The entry waits no more", "waitlist.over");
        (await host.Nobody().PostAsync(host.Link(first) + "/claim", new { })).Is(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_breaks_on_the_way_leaves_neither_the_cancellation_nor_the_hold()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var waiter = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        await host.ExecuteAsync("create or replace function broken() returns trigger language plpgsql as $$ begin raise exception 'injected'; end $$");
        await host.ExecuteAsync($"create trigger broken before insert on waitlist_offers for each row when (new.space_id = '{space}') execute function broken()");
        Assert.Equal(HttpStatusCode.InternalServerError, (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Status);
        Assert.Equal(("confirmed", "waiting"), (await BookingStatusAsync(booked.Id), await host.StatusAsync(waiter)));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
        await host.ExecuteAsync("drop trigger broken on waitlist_offers");
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("offered", await host.StatusAsync(waiter));
    }

    private static (string?, string?) Span(Answer booking) => (booking["startTime"].GetString(), booking["endTime"].GetString());

    private async Task<string> BookingStatusAsync(Guid id) => await host.ScalarAsync<string>("select status from bookings where id = $1", id);

    private async Task<string[]> StatusesAsync(params Guid[] entries)
    {
        var statuses = new List<string>();

        foreach (var entry in entries)
        {
            statuses.Add(await host.StatusAsync(entry));
        }

        return [.. statuses];
    }
}
