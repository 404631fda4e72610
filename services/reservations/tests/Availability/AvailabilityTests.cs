using System.Net;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Availability;

public sealed class AvailabilityTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string Instant = "must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z";

    [Fact]
    public async Task Free_slots_are_those_between_bookings_and_what_is_cancelled_gives_its_time_back()
    {
        var (space, start) = (await host.SpaceAsync(more: new { bufferAfter = 30 }), Stage.Monday().AddHours(8));
        var booking = await host.BookAsync(space, start.AddHours(1));
        var answer = await SlotsAsync(space, start, start.AddHours(4), "&minutes=60&step=30");
        // 08:00 would need its buffer until 09:30; the one of the booking ends at 10:30.
        Assert.Equal([start.AddHours(2.5), start.AddHours(3)], Starts(answer));
        Assert.Equal(("UTC", 60, 30), (answer["timezone"].GetString(), answer["minutes"].GetInt32(), answer["step"].GetInt32()));
        Assert.Equal(start.AddHours(3.5), answer["slots"][0].GetProperty("endTime").GetDateTimeOffset());
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(7, Starts(await SlotsAsync(space, start, start.AddHours(4), "&minutes=60&step=30")).Length);
    }

    [Fact]
    public async Task What_is_held_for_somebody_is_offered_to_nobody()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, start);

        foreach (var (status, free) in new[] { ("held", false), ("pending", false), ("in_progress", false), ("completed", false), ("no_show", true), ("rejected", true) })
        {
            await host.ExecuteAsync("update bookings set status = $2 where id = $1", booking.Id, status);
            Assert.Equal(free ? 1 : 0, Starts(await SlotsAsync(space, start, start.AddHours(1), "")).Length);
        }
    }

    [Fact]
    public async Task The_grid_is_the_policys_unless_another_is_asked_for()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday());
        Assert.Equal(15, (await SlotsAsync(space, start, start.AddHours(2), ""))["step"].GetInt32());
        await PolicyAsync(space, """{"slotStepMinutes":30}""");
        var answer = await SlotsAsync(space, start, start.AddHours(2), "");
        Assert.Equal((30, 3), (answer["step"].GetInt32(), Starts(answer).Length));
        // On the asked-for grid only what the policy takes.
        Assert.Equal([start, start.AddHours(1)], Starts(await SlotsAsync(space, start, start.AddHours(2), "&step=20")));
        Assert.Empty(Starts(await SlotsAsync(space, start, start.AddHours(2), "&minutes=45")));
    }

    [Fact]
    public async Task Nobody_is_offered_the_past_but_staff()
    {
        var space = await host.SpaceAsync();
        var from = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().AddDays(-2).ToUnixTimeSeconds());
        Assert.Empty(Starts(await SlotsAsync(space, from, from.AddDays(1), "")));
        Assert.NotEmpty(Starts((await host.Admin.GetAsync(Path(space, from, from.AddDays(1), ""))).Is(HttpStatusCode.OK)));
        Assert.NotEmpty(Starts((await host.As(new Caller("desk", "account", Roles.Reception, null, EmailVerified: false, [])).GetAsync(Path(space, from, from.AddDays(1), ""))).Is(HttpStatusCode.OK)));
    }

    [Fact]
    public async Task A_space_that_cannot_be_booked_has_no_slots_and_an_unknown_one_is_404()
    {
        var start = Stage.Monday();
        Assert.Empty(Starts(await SlotsAsync(await host.SpaceAsync(more: new { active = false }), start, start.AddHours(3), "")));
        Assert.Empty(Starts(await SlotsAsync(await host.SpaceAsync(more: new { kind = "pantry" }), start, start.AddHours(3), "")));
        (await host.User.GetAsync(Path(Guid.CreateVersion7(), start, start.AddHours(3), ""))).Refuses(HttpStatusCode.NotFound, "Space not found", "space.not_found");
        (await host.User.GetAsync("/spaces/x/availability")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
    }

    [Theory]
    [InlineData("", "from", $"from {Instant}")]
    [InlineData("from=2030-01-01T00:00:00Z", "to", $"to {Instant}")]
    [InlineData("from=2030-01-01&to=2030-01-02", "from", $"from {Instant}")]
    [InlineData("from=2030-01-01T00:00:00&to=2030-01-02T00:00:00Z", "from", $"from {Instant}")]
    [InlineData("from=2030-13-01T00:00:00Z&to=2030-01-02T00:00:00Z", "from", $"from {Instant}")]
    [InlineData("from=2030-01-01T00:00:00Z&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z", "from", $"from {Instant}")]
    [InlineData("from=1999-12-31T23:59:59Z&to=2000-01-01T00:00:00Z", "from", "from must lie in the years 2000 to 2199")]
    [InlineData("from=2199-12-31T00:00:00Z&to=2200-01-01T00:00:00Z", "to", "to must lie in the years 2000 to 2199")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00Z", "to", "to must be after from")]
    [InlineData("from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z", "to", "to must be after from")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-03-04T00:00:00.001Z", "to", "to must be at most 62 days after from")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&minutes=0", "minutes", "minutes must be a whole number from 1 to 20160")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&minutes=20161", "minutes", "minutes must be a whole number from 1 to 20160")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&minutes=1.5", "minutes", "minutes must be a whole number from 1 to 20160")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&minutes=-1", "minutes", "minutes must be a whole number from 1 to 20160")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&minutes=1&minutes=2", "minutes", "minutes must be a whole number from 1 to 20160")]
    [InlineData("from=2030-01-01T00:00:00Z&to=2030-01-01T01:00:00Z&minutes=61", "minutes", "minutes must not be longer than the time from from to to")]
    public async Task A_question_that_cannot_be_meant_is_a_400_that_names_the_field(string query, string field, string message)
    {
        foreach (var path in new[] { $"/spaces/{Guid.CreateVersion7()}/availability", "/availability" })
        {
            var refused = (await host.User.GetAsync($"{path}?{query}")).Refuses(HttpStatusCode.BadRequest, message, "request.invalid");
            Assert.Equal([message], refused.Errors(field));
        }
    }

    [Theory]
    [InlineData("step=4", "step", "step must be a whole number from 5 to 1440")]
    [InlineData("step=1441", "step", "step must be a whole number from 5 to 1440")]
    [InlineData("step=x", "step", "step must be a whole number from 5 to 1440")]
    public async Task A_step_that_is_none_is_named(string query, string field, string message) => Assert.Equal(
        [message],
        (await host.User.GetAsync($"/spaces/{Guid.CreateVersion7()}/availability?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&{query}"))
            .Refuses(HttpStatusCode.BadRequest, message, "request.invalid").Errors(field));

    [Theory]
    [InlineData("attendees=0", "attendees", "attendees must be a whole number of at least 1")]
    [InlineData("attendees=2147483648", "attendees", "attendees must be a whole number of at least 1")]
    [InlineData("locationId=x", "locationId", "locationId must be a valid UUID")]
    [InlineData("amenities=%00", "amenities", "amenities must have 1 to 100 characters")]
    [InlineData("page=0", "page", "page must be a whole number of at least 1")]
    [InlineData("pageSize=101", "pageSize", "pageSize must be a whole number from 1 to 100")]
    public async Task A_filter_that_is_none_is_named(string query, string field, string message) => Assert.Equal(
        [message],
        (await host.User.GetAsync($"/availability?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&{query}")).Refuses(HttpStatusCode.BadRequest, message, "request.invalid").Errors(field));

    [Fact]
    public async Task The_bounds_themselves_are_allowed()
    {
        var space = await host.SpaceAsync();

        foreach (var query in new[]
        {
            "from=2030-01-01T00:00:00Z&to=2030-03-04T00:00:00Z&minutes=20160&step=1440", "from=2030-01-01T00:00:00Z&to=2030-03-04T00:00:00Z&minutes=1&step=5",
            "from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00.001Z", "from=2199-12-31T00:00:00Z&to=2199-12-31T23:59:59.999Z", "from=2030-01-01T00:00:00%2B05:45&to=2030-01-01T10:00:00-03:00",
        })
        {
            (await host.User.GetAsync($"/spaces/{space}/availability?{query}")).Is(HttpStatusCode.OK);
            (await host.User.GetAsync($"/availability?{query.Replace("&step=1440", "", StringComparison.Ordinal)}&attendees=2147483647&pageSize=100&page=2147483647")).Is(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Who_is_free_the_whole_time_comes_first_then_whoever_is_nearest()
    {
        var (location, start) = (await host.LocationAsync(), Stage.Monday().AddHours(10));
        var large = await host.SpaceAsync(location, "Large", new { capacity = 20 });
        var free = await host.SpaceAsync(location, "Free");
        var half = await host.SpaceAsync(location, "Half");
        var full = await host.SpaceAsync(location, "Full");
        await host.SpaceAsync(location, "Away", new { active = false });
        await host.BookAsync(half, start.AddHours(1));
        await host.BookAsync(full, start.AddHours(-1), hours: 5);
        var query = $"/availability?from={Text(start)}&to={Text(start.AddHours(2))}&locationId={location}";

        var rows = (await host.User.GetAsync(query)).Is(HttpStatusCode.OK);
        Assert.Equal(["Free whole 0", "Large whole 0", "Half shifted 120", "Full shifted 360"], Said(rows));
        Assert.Equal(start.AddHours(-1), rows.Data[2].GetProperty("startTime").GetDateTimeOffset());
        Assert.Equal(start.AddHours(-3), rows.Data[3].GetProperty("startTime").GetDateTimeOffset());
        Assert.Equal(4, rows["meta"].GetProperty("total").GetInt32());

        // An hour will do.
        rows = (await host.User.GetAsync($"{query}&minutes=60")).Is(HttpStatusCode.OK);
        Assert.Equal(["Free whole 0", "Large whole 0", "Half shorter 60", "Full shifted 360"], Said(rows));
        Assert.Equal((start, start.AddHours(1)), (rows.Data[2].GetProperty("startTime").GetDateTimeOffset(), rows.Data[2].GetProperty("endTime").GetDateTimeOffset()));
        Assert.Equal(["Half shorter 60"], Said((await host.User.GetAsync($"{query}&minutes=60&page=3&pageSize=1")).Is(HttpStatusCode.OK)));
        _ = (large, free);
    }

    [Fact]
    public async Task The_search_sees_bookings_in_whatever_order_they_came_and_one_without_an_end()
    {
        var (location, start) = (await host.LocationAsync(), Stage.Monday().AddHours(10));
        var (space, other) = (await host.SpaceAsync(location, "Space", new { bufferAfter = 15 }), await host.SpaceAsync(location, "Other"));
        var query = $"/availability?from={Text(start)}&to={Text(start.AddHours(8))}&locationId={location}&minutes=30";
        var last = await host.BookAsync(space, start.AddHours(6));
        await host.BookAsync(space, start.AddHours(2));
        await host.BookAsync(space, start);
        await host.BookAsync(other, start.AddHours(-2), hours: 12);
        var without = new[] { "Space shorter 330", "Other shifted 1200" };
        var rows = (await host.User.GetAsync(query)).Is(HttpStatusCode.OK);
        Assert.Equal(without, Said(rows));
        // From the buffer of the one before until its own buffer meets the next.
        Assert.Equal((start.AddHours(3.25), start.AddHours(5.75)), (rows.Data[0].GetProperty("startTime").GetDateTimeOffset(), rows.Data[0].GetProperty("endTime").GetDateTimeOffset()));
        Assert.Equal(start.AddHours(-10), rows.Data[1].GetProperty("startTime").GetDateTimeOffset());

        await host.ExecuteAsync("update bookings set blocked_until = 'infinity' where id = $1", last.Id);
        await host.ExecuteAsync("update bookings set blocked_from = '-infinity' where space_id = $1", other);
        rows = (await host.User.GetAsync(query)).Is(HttpStatusCode.OK);
        Assert.Equal(without, Said(rows));
        Assert.Equal(start.AddHours(10), rows.Data[1].GetProperty("startTime").GetDateTimeOffset());
    }

    [Fact]
    public async Task Capacity_amenities_and_location_narrow_the_search()
    {
        var (location, start) = (await host.LocationAsync(), Stage.Monday());
        await host.SpaceAsync(location, "Small", new { capacity = 2, amenities = new[] { "Projector", "Whiteboard" } });
        await host.SpaceAsync(location, "Big", new { capacity = 9, amenities = new[] { "projector" } });
        var query = $"/availability?from={Text(start)}&to={Text(start.AddHours(2))}&locationId={location}";

        foreach (var (more, names) in new[]
        {
            ("", "Small,Big"), ("&attendees=2", "Small,Big"), ("&attendees=3", "Big"), ("&attendees=10", ""), ("&amenities=PROJECTOR", "Small,Big"), ("&amenities=projector,%20whiteboard", "Small"),
            ("&amenities=projector&amenities=whiteboard", "Small"), ("&amenities=piano", ""), ("&amenities=,", "Small,Big"),
        })
        {
            Assert.Equal(names, string.Join(',', (await host.User.GetAsync(query + more)).Is(HttpStatusCode.OK).Data.EnumerateArray().Select(row => row.GetProperty("space").GetProperty("name").GetString())));
        }

        Assert.Empty((await host.User.GetAsync(query.Replace(location.ToString(), Guid.CreateVersion7().ToString(), StringComparison.Ordinal))).Is(HttpStatusCode.OK).Data.EnumerateArray());
    }

    [Fact]
    public async Task What_broke_inside_is_an_error_and_never_an_empty_list()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday());
        await host.ExecuteAsync("alter table bookings rename to bookings_away");

        try
        {
            (await host.User.GetAsync(Path(space, start, start.AddHours(2), ""))).Is(HttpStatusCode.InternalServerError);
            (await host.User.GetAsync($"/availability?from={Text(start)}&to={Text(start.AddHours(2))}")).Is(HttpStatusCode.InternalServerError);
        }
        finally
        {
            await host.ExecuteAsync("alter table bookings_away rename to bookings");
        }
    }

    [Fact]
    public async Task Who_is_asking_comes_first()
    {
        (await host.Nobody().GetAsync("/availability")).Is(HttpStatusCode.Unauthorized);
        (await host.Nobody().GetAsync("/spaces/x/availability")).Is(HttpStatusCode.Unauthorized);
    }

    private async Task<Answer> SlotsAsync(Guid space, DateTimeOffset from, DateTimeOffset to, string more) => (await host.User.GetAsync(Path(space, from, to, more))).Is(HttpStatusCode.OK);

    private static string Path(Guid space, DateTimeOffset from, DateTimeOffset to, string more) => $"/spaces/{space}/availability?from={Text(from)}&to={Text(to)}{more}";

    private static string Text(DateTimeOffset at) => Coworking.Hosting.Json.InstantConverter.Text(at);

    private static DateTimeOffset[] Starts(Answer answer) => [.. answer["slots"].EnumerateArray().Select(slot => slot.GetProperty("startTime").GetDateTimeOffset())];

    private static string[] Said(Answer answer) => [.. answer.Data.EnumerateArray().Select(row =>
        $"{row.GetProperty("space").GetProperty("name").GetString()} {row.GetProperty("match").GetString()} {row.GetProperty("distanceMinutes").GetDouble()}")];

    private Task<int> PolicyAsync(Guid space, string members) => host.ExecuteAsync(
        "insert into space_policies values ($1, $2::jsonb, nextval('policy_versions'), now())", space, members);
}
