using System.Net;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Series;

public sealed class SeriesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_weekly_series_becomes_bookings_that_keep_the_time_on_the_wall()
    {
        var location = await host.LocationAsync("Europe/Berlin");
        var (space, email) = (await host.SpaceAsync(location), Stage.Email());
        // Berlin sets its clocks back on 2099-10-25.
        var body = Body(space, new DateTimeOffset(2099, 10, 19, 7, 0, 0, TimeSpan.Zero), new { every = "week", interval = 1, weekdays = new[] { 1, 3 }, count = 4 }, email: email);
        body["attendees"] = 3;
        var made = (await host.User.PostAsync("/booking-series", body)).Is(HttpStatusCode.Created);
        Assert.Equal(("\"1\"", "Europe/Berlin", "active"), (made.ETag, made["timezone"].GetString(), made["status"].GetString()));
        Assert.Equal(
            ["2099-10-19T07:00:00.000Z", "2099-10-21T07:00:00.000Z", "2099-10-26T08:00:00.000Z", "2099-10-28T08:00:00.000Z"],
            Occurrences(made).Select(one => one.GetProperty("start").GetString()));
        Assert.All(Occurrences(made), one => Assert.Equal(("booked", "confirmed", false), (Text(one, "outcome"), Text(one, "status"), one.GetProperty("moved").GetBoolean())));

        var booking = (await host.User.GetAsync($"/bookings/{BookingId(made, 2)}")).Is(HttpStatusCode.OK);
        Assert.Equal((made.Id, "series", email, 3), (booking["seriesId"].GetGuid(), booking["source"].GetString(), booking["clientEmail"].GetString(), booking["attendees"].GetInt32()));
        Assert.Equal("2099-10-26T00:00:00.000Z", booking["bookingDate"].GetString());
        Assert.Equal(made.Body.GetRawText(), (await host.User.GetAsync($"/booking-series/{made.Id}")).Is(HttpStatusCode.OK).Body.GetRawText());
        Assert.Equal([made.Id.ToString()], (await host.User.GetAsync($"/booking-series?clientEmail={email.ToUpperInvariant()}")).Ids());
        Assert.Equal([made.Id.ToString()], (await host.User.GetAsync($"/booking-series?spaceId={space}")).Ids());
        Assert.Empty((await host.User.GetAsync($"/booking-series?spaceId={Guid.CreateVersion7()}")).Ids());
    }

    [Fact]
    public async Task All_or_nothing_names_every_date_that_fails_and_leaves_nothing()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Weeks(4), Stage.Email());
        await host.BookAsync(space, monday.AddDays(7).AddHours(9.5));
        await host.BookAsync(space, monday.AddDays(21).AddHours(8.5));
        var refused = (await host.User.PostAsync("/booking-series", Body(space, monday.AddHours(9), new { every = "week", count = 4 }, email: email))).Is(HttpStatusCode.Conflict);
        Assert.Equal("booking.slot_taken", refused.Code);
        Assert.StartsWith("2 of 4 dates cannot be booked; the first: Schedule conflict", refused.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], Occurrences(refused).Select(one => one.GetProperty("index").GetInt32()));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where client_email_key = $1", email));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from booking_series where client_email_key = $1", email));

        // The weekly limit holds for each: the fourth and fifth of a week fail.
        var daily = (await host.User.PostAsync("/booking-series", Body(space, monday.AddHours(12), new { every = "day", count = 5 }, email: email))).Is(HttpStatusCode.BadRequest);
        Assert.Equal("booking.weekly_limit", daily.Code);
        Assert.Equal([3, 4], Occurrences(daily).Select(one => one.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task What_can_be_had_is_booked_where_the_client_would_rather_skip()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Weeks(4), Stage.Email());
        await host.BookAsync(space, monday.AddDays(7).AddHours(9));
        var made = (await host.User.PostAsync("/booking-series", Body(space, monday.AddHours(9), new { every = "week", count = 4 }, "skip", email))).Is(HttpStatusCode.Created);
        Assert.Equal(["booked", "skipped", "booked", "booked"], Outcomes(made));
        Assert.Equal(("booking.slot_taken", JsonValueKind.Null), (Text(Occurrences(made)[1], "code"), Occurrences(made)[1].GetProperty("bookingId").ValueKind));
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where client_email_key = $1", email));

        var dry = (await host.User.PostAsync("/booking-series?dryRun=true", Body(space, monday.AddHours(9), new { every = "week", count = 5 }, "suggest"))).Is(HttpStatusCode.OK);
        Assert.Equal(["refused", "refused", "refused", "refused", "booked"], Outcomes(dry));
        Assert.Equal(monday.AddHours(10), Occurrences(dry)[0].GetProperty("suggestions")[0].GetProperty("startTime").GetDateTimeOffset());
        Assert.Equal(4, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
        // Where nothing can be had there is no series.
        (await host.User.PostAsync("/booking-series", Body(space, monday.AddHours(9), new { every = "week", count = 3 }, "skip"))).Is(HttpStatusCode.Conflict);
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from booking_series where space_id = $1", space));
    }

    [Fact]
    public async Task A_year_of_days_is_booked_and_moved_at_once()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday().AddYears(3));
        await host.ExecuteAsync("""insert into space_policies (space_id, members, version, updated_at) values ($1, '{"weeklyLimit":null}', 1, now())""", space);
        var made = (await host.User.PostAsync("/booking-series", Body(space, monday.AddHours(9), new { every = "day", count = 366 }))).Is(HttpStatusCode.Created);
        Assert.Equal(366, Outcomes(made).Count(outcome => outcome == "booked"));
        var moved = (await host.User.PatchAsync($"/booking-series/{made.Id}", new { scope = "all", changes = new { startTime = "10:00", endTime = "11:00" } })).Is(HttpStatusCode.OK);
        Assert.All(Occurrences(moved), one => Assert.False(one.GetProperty("moved").GetBoolean()));
        Assert.Equal(366, await host.ScalarAsync<long>("select count(*) from bookings where series_id = $1 and extract(hour from start_time at time zone 'UTC') = 10", made.Id));
    }

    [Fact]
    public async Task One_is_moved_alone_and_stays_there_when_the_following_move()
    {
        var (space, monday) = (await host.SpaceAsync(), Weeks(5));
        var made = await MakeAsync(space, monday.AddHours(9), 4);
        var name = new { scope = "this", occurrence = BookingId(made, 2), changes = new { startTime = "15:00", endTime = "16:00" } };
        (await host.User.PatchAsync($"/booking-series/{made.Id}", name, "\"9\"")).Is(HttpStatusCode.PreconditionFailed);
        var moved = (await host.User.PatchAsync($"/booking-series/{made.Id}", name, "\"1\"")).Is(HttpStatusCode.OK);
        Assert.Equal(("\"2\"", monday.AddDays(14).AddHours(15), true), (moved.ETag, Start(moved, 2), Occurrences(moved)[2].GetProperty("moved").GetBoolean()));
        // And one by the way of any booking.
        (await host.User.PatchAsync($"/bookings/{BookingId(made, 3)}", new { endTime = monday.AddDays(21).AddHours(11) })).Is(HttpStatusCode.OK);

        var following = (await host.User.PatchAsync(
            $"/booking-series/{made.Id}", new { scope = "following", occurrence = Occurrences(made)[1].GetProperty("originalStart").GetString(), changes = new { startTime = "08:30", company = "ACME" } })).Is(HttpStatusCode.OK);
        Assert.Equal([monday.AddHours(9), monday.AddDays(7).AddHours(8.5), monday.AddDays(14).AddHours(15), monday.AddDays(21).AddHours(9)], Enumerable.Range(0, 4).Select(index => Start(following, index)));
        Assert.Equal([false, false, true, true], Occurrences(following).Select(one => one.GetProperty("moved").GetBoolean()));
        Assert.Equal("ACME", (await host.User.GetAsync($"/bookings/{BookingId(made, 2)}"))["company"].GetString());
        Assert.Equal(JsonValueKind.Null, (await host.User.GetAsync($"/bookings/{BookingId(made, 0)}"))["company"].ValueKind);

        // What is added follows the series as it is now.
        var extended = (await host.User.PostAsync($"/booking-series/{made.Id}/extend", new { count = 5 })).Is(HttpStatusCode.OK);
        Assert.Equal((monday.AddDays(28).AddHours(8.5), "2"), (Start(extended, 4), (Occurrences(extended).Count - 3).ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task All_move_or_none_and_dense_ones_make_room_for_each_other()
    {
        var (space, other, monday) = (await host.SpaceAsync(), await host.SpaceAsync(), Weeks(3));

        foreach (var unlimited in new[] { space, other })
        {
            await host.ExecuteAsync("""insert into space_policies (space_id, members, version, updated_at) values ($1, '{"weeklyLimit":null}', 1, now())""", unlimited);
        }

        var body = Body(space, monday.AddHours(6), new { every = "day", until = $"{monday.AddDays(5):yyyy-MM-dd}" }, hours: 23);
        var made = (await host.User.PostAsync("/booking-series", body)).Is(HttpStatusCode.Created);
        Assert.Equal(6, Occurrences(made).Count);

        foreach (var (start, end) in new[] { ("07:00", "06:00"), ("05:30", "05:00") })
        {
            (await host.User.PatchAsync($"/booking-series/{made.Id}", new { scope = "all", changes = new { startTime = start, endTime = end } })).Is(HttpStatusCode.OK);
        }

        await host.BookAsync(other, monday.AddDays(1).AddHours(12));
        var refused = (await host.User.PatchAsync($"/booking-series/{made.Id}", new { scope = "all", changes = new { spaceId = other } })).Is(HttpStatusCode.Conflict);
        Assert.Equal([1], Occurrences(refused).Where(one => Text(one, "code") == "booking.slot_taken").Select(one => one.GetProperty("index").GetInt32()));
        Assert.Equal(6, await host.ScalarAsync<long>("select count(*) from bookings where series_id = $1 and space_id = $2", made.Id, space));
        (await host.User.PatchAsync($"/booking-series/{made.Id}?dryRun=true", new { scope = "all", changes = new { startTime = "06:00" } })).Is(HttpStatusCode.OK);
        Assert.Equal(monday.AddHours(5.5), Start(await host.User.GetAsync($"/booking-series/{made.Id}"), 0));
    }

    [Fact]
    public async Task One_or_the_following_or_all_are_cancelled()
    {
        var (space, monday) = (await host.SpaceAsync(), Weeks(5));
        var made = await MakeAsync(space, monday.AddHours(9), 5);
        var path = $"/booking-series/{made.Id}";
        var one = (await host.User.PostAsync(path + "/cancel", new { scope = "this", occurrence = BookingId(made, 1), reason = "travelling" })).Is(HttpStatusCode.OK);
        Assert.Equal(["confirmed", "cancelled", "confirmed", "confirmed", "confirmed"], Statuses(one));
        Assert.Equal("travelling", await host.ScalarAsync<string>("select status_reason from bookings where id = $1", BookingId(made, 1)));
        (await host.User.PostAsync(path + "/cancel", new { scope = "this", occurrence = BookingId(made, 1) })).Refuses(HttpStatusCode.Conflict, "No occurrence in this scope is still to come", "series.nothing_to_change");
        var following = (await host.User.PostAsync(path + "/cancel", new { scope = "following", occurrence = Occurrences(made)[3].GetProperty("originalStart").GetString() })).Is(HttpStatusCode.OK);
        Assert.Equal(["confirmed", "cancelled", "confirmed", "cancelled", "cancelled"], Statuses(following));
        await host.BookAsync(space, monday.AddDays(21).AddHours(9));

        (await host.User.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        Assert.Equal("cancelled", (await host.User.GetAsync(path)).Is(HttpStatusCode.OK)["status"].GetString());
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where series_id = $1 and status <> 'cancelled'", made.Id));
        (await host.User.DeleteAsync(path)).Refuses(HttpStatusCode.Conflict, "The series is cancelled", "series.cancelled");
        (await host.User.PostAsync(path + "/extend", new { count = 9 })).Is(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_has_begun_is_history_to_the_whole_series()
    {
        var (space, today) = (await host.SpaceAsync(), TimeProvider.System.GetUtcNow().UtcDateTime.Date);
        var start = new DateTimeOffset(today, TimeSpan.Zero).AddDays(-8);
        (await host.User.PostAsync("/booking-series", Body(space, start, new { every = "week", count = 4 }))).Is(HttpStatusCode.BadRequest);
        var made = (await host.Admin.PostAsync("/booking-series", Body(space, start, new { every = "week", count = 4 }))).Is(HttpStatusCode.Created);
        var cancelled = (await host.User.PostAsync($"/booking-series/{made.Id}/cancel", new { scope = "all" })).Is(HttpStatusCode.OK);
        Assert.Equal(["cancelled", "cancelled"], Statuses(cancelled)[2..]);
        Assert.All(Statuses(cancelled)[..2], status => Assert.NotEqual("cancelled", status));
    }

    [Fact]
    public async Task A_client_has_its_own_series_and_no_others()
    {
        var (space, monday, mine) = (await host.SpaceAsync(), Weeks(2), Stage.Email());
        var me = host.As(new Caller("me", "account", Roles.Customer, mine, EmailVerified: true, []));
        var made = (await me.PostAsync("/booking-series", Body(space, monday.AddHours(9), new { every = "week", count = 2 }, email: mine))).Is(HttpStatusCode.Created);
        (await me.PostAsync("/booking-series", Body(space, monday.AddHours(12), new { every = "week", count = 2 }))).Is(HttpStatusCode.Forbidden);
        Assert.Equal([made.Id.ToString()], (await me.GetAsync("/booking-series")).Ids());

        foreach (var stranger in new[] { new Caller("you", "account", Roles.Customer, Stage.Email(), EmailVerified: true, []), new Caller("me", "account", Roles.Customer, mine, EmailVerified: false, []) })
        {
            var path = $"/booking-series/{made.Id}";
            (await host.As(stranger).GetAsync(path)).Refuses(HttpStatusCode.NotFound, "Booking series not found", "series.not_found");
            (await host.As(stranger).PatchAsync(path, new { scope = "all", changes = new { startTime = "10:00" } })).Is(HttpStatusCode.NotFound);
            (await host.As(stranger).PostAsync(path + "/cancel", new { scope = "all" })).Is(HttpStatusCode.NotFound);
            (await host.As(stranger).PostAsync(path + "/extend", new { count = 3 })).Is(HttpStatusCode.NotFound);
            (await host.As(stranger).DeleteAsync(path)).Is(HttpStatusCode.NotFound);
            Assert.Empty((await host.As(stranger).GetAsync("/booking-series")).Ids());
        }
    }

    [Fact]
    public async Task A_series_is_made_once_by_a_key_and_cancelled_only_as_long_as_its_policy_lets()
    {
        var (space, key) = (await host.SpaceAsync(), Guid.CreateVersion7().ToString());
        await host.ExecuteAsync("""insert into space_policies (space_id, members, version, updated_at) values ($1, '{"cancelUntilMinutes":10080}', 1, now())""", space);
        var body = Body(space, TimeProvider.System.GetUtcNow().AddDays(2), new { every = "week", count = 3 }, "suggest");
        var made = (await host.User.PostOnceAsync("/booking-series", body, key)).Is(HttpStatusCode.Created);
        Assert.Equal(made.Id, (await host.User.PostOnceAsync("/booking-series", body, key)).Is(HttpStatusCode.Created).Id);
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));

        var late = (await host.User.PostAsync($"/booking-series/{made.Id}/cancel", new { scope = "all" })).Is(HttpStatusCode.Conflict);
        Assert.Equal([0], Occurrences(late).Select(one => one.GetProperty("index").GetInt32()));
        Assert.Equal(["confirmed", "cancelled", "cancelled"], Statuses((await host.User.PostOnceAsync(
            $"/booking-series/{made.Id}/cancel", new { scope = "following", occurrence = BookingId(made, 1) }, key)).Is(HttpStatusCode.OK)));
        (await host.User.PostOnceAsync($"/booking-series/{made.Id}/extend", new { count = 4 }, key)).Is(HttpStatusCode.OK);
        (await host.Reception.DeleteAsync($"/booking-series/{made.Id}")).Is(HttpStatusCode.NoContent);
    }

    /// <summary>A Monday with free weeks after it.</summary>
    private static DateTimeOffset Weeks(int count)
    {
        var first = Stage.Monday();

        for (var week = 1; week < count; week++)
        {
            _ = Stage.Monday();
        }

        return first;
    }

    internal static Dictionary<string, object?> Body(Guid space, DateTimeOffset start, object repeat, string? onConflict = null, string? email = null, double hours = 1) => new()
    {
        ["spaceId"] = space,
        ["clientEmail"] = email ?? Stage.Email(),
        ["first"] = new { start, end = start.AddHours(hours) },
        ["repeat"] = repeat,
        ["onConflict"] = onConflict,
    };

    private async Task<Answer> MakeAsync(Guid space, DateTimeOffset start, int count) =>
        (await host.User.PostAsync("/booking-series", Body(space, start, new { every = "week", count }))).Is(HttpStatusCode.Created);

    private static List<JsonElement> Occurrences(Answer series) => [.. series["occurrences"].EnumerateArray()];

    private static string[] Outcomes(Answer series) => [.. Occurrences(series).Select(one => Text(one, "outcome")!)];

    private static string[] Statuses(Answer series) => [.. Occurrences(series).Select(one => Text(one, "status")!)];

    private static Guid BookingId(Answer series, int index) => Occurrences(series)[index].GetProperty("bookingId").GetGuid();

    private static DateTimeOffset Start(Answer series, int index) => Occurrences(series)[index].GetProperty("start").GetDateTimeOffset();

    private static string? Text(JsonElement one, string member) => one.GetProperty(member).GetString();
}
