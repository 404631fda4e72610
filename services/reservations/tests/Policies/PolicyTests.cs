using System.Net;
using System.Text.Json;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Policies;

public sealed class PolicyTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_space_lays_its_own_members_over_its_locations()
    {
        var location = await host.LocationAsync();
        var space = await host.SpaceAsync(location);
        var first = (await host.User.GetAsync($"/spaces/{space}/policy")).Is(HttpStatusCode.OK);
        Assert.Equal((0, "{}", 3, "\"0\""), (first["version"].GetInt32(), first["own"].ToString(), first["effective"].GetProperty("weeklyLimit").GetInt32(), first.ETag));
        Assert.Equal("""{"required":false,"openMinutesBefore":10,"graceMinutes":10}""", first["effective"].GetProperty("checkIn").GetRawText());

        var ofLocation = (await host.Admin.PutAsync($"/locations/{location}/policy", new
        {
            weeklyLimit = 5,
            maxMinutes = 120,
            openHoursEnforced = true,
            closedDays = new[] { new { date = "2027-12-25", name = "Navidad" } },
            checkIn = new { required = true },
        })).Is(HttpStatusCode.OK);
        var ofSpace = (await host.Admin.PutAsync($"/spaces/{space}/policy", new { maxMinutes = (int?)null, minMinutes = 15, checkIn = new { graceMinutes = 5 } })).Is(HttpStatusCode.OK);
        var effective = ofSpace["effective"];
        Assert.Equal((5, JsonValueKind.Null, 15), (effective.GetProperty("weeklyLimit").GetInt32(), effective.GetProperty("maxMinutes").ValueKind, effective.GetProperty("minMinutes").GetInt32()));
        Assert.Equal("""{"required":true,"openMinutesBefore":10,"graceMinutes":5}""", effective.GetProperty("checkIn").GetRawText());
        Assert.Equal("Navidad", effective.GetProperty("closedDays")[0].GetProperty("name").GetString());
        // null lifts a limit and is shown; what is absent inherits and is not.
        Assert.True(ofSpace["own"].TryGetProperty("maxMinutes", out _) && !ofSpace["own"].TryGetProperty("weeklyLimit", out _));
        Assert.True(ofSpace["version"].GetInt32() > ofLocation["version"].GetInt32());
        Assert.Equal(ofSpace.Body.ToString(), (await host.User.GetAsync($"/spaces/{space}/policy")).Body.ToString());

        var booking = await host.BookAsync(space, Stage.Monday(), 3);
        Assert.Equal(ofSpace["version"].GetInt32(), booking["policyVersion"].GetInt32());
    }

    [Fact]
    public async Task Only_an_ADMIN_sets_a_policy_and_only_the_one_that_was_read()
    {
        var space = await host.SpaceAsync();
        (await host.User.PutAsync($"/spaces/{space}/policy", new { })).Is(HttpStatusCode.Forbidden);
        (await host.Reception.PutAsync($"/spaces/{space}/policy", new { })).Is(HttpStatusCode.Forbidden);
        (await host.Admin.PutAsync($"/spaces/{Guid.CreateVersion7()}/policy", new { })).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.Admin.PutAsync($"/locations/{Guid.CreateVersion7()}/policy", new { })).Refuses(HttpStatusCode.NotFound, "Location not found");
        (await host.User.GetAsync($"/locations/{Guid.CreateVersion7()}/policy")).Refuses(HttpStatusCode.NotFound, "Location not found");
        var set = (await host.Admin.PutAsync($"/spaces/{space}/policy", new { weeklyLimit = 1 })).Is(HttpStatusCode.OK);
        var body = System.Net.Http.Json.JsonContent.Create(new { weeklyLimit = 2 });
        (await host.Admin.SendAsync(HttpMethod.Put, $"/spaces/{space}/policy", body, ifMatch: "\"0\"")).Refuses(
            HttpStatusCode.PreconditionFailed, $"The policy has changed since you read it; its version is {set["version"].GetInt32()}", "policy.stale");
        (await host.Admin.SendAsync(HttpMethod.Put, $"/spaces/{space}/policy", System.Net.Http.Json.JsonContent.Create(new { weeklyLimit = 2 }), ifMatch: set.ETag)).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("weeklyLimit", 1, 10000)]
    [InlineData("minMinutes", 1, 20160)]
    [InlineData("maxMinutes", 1, 20160)]
    [InlineData("slotStepMinutes", 1, 1440)]
    [InlineData("leadMinutes", 0, 527040)]
    [InlineData("horizonDays", 0, 3660)]
    [InlineData("maxPerDay", 1, 10000)]
    [InlineData("cancelUntilMinutes", 0, 527040)]
    public async Task Every_limit_has_its_bounds(string field, int min, int max)
    {
        var path = $"/spaces/{await host.SpaceAsync()}/policy";

        foreach (var good in new int?[] { min, max, null })
        {
            (await host.Admin.PutAsync(path, new Dictionary<string, int?> { [field] = good })).Is(HttpStatusCode.OK);
        }

        foreach (var bad in new[] { min - 1, max + 1 })
        {
            var refused = (await host.Admin.PutAsync(path, new Dictionary<string, int> { [field] = bad })).Refuses(
                HttpStatusCode.BadRequest, $"{field} must be a whole number from {min} to {max}, or null");
            Assert.Single(refused.Errors(field));
        }

        (await host.Admin.PutAsync(path, new Dictionary<string, string> { [field] = "x" })).Refuses(HttpStatusCode.BadRequest, $"{field} has the wrong type or form");
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_all_at_once()
    {
        var path = $"/locations/{await host.LocationAsync()}/policy";
        var refused = (await host.Admin.PutAsync(path, new
        {
            minMinutes = 60,
            maxMinutes = 30,
            checkIn = new { graceMinutes = 1441 },
            closedDays = new object?[] { new { date = "2027-01-01" }, new { date = "2027-01-01", name = new string('x', 201) }, null },
        })).Is(HttpStatusCode.BadRequest);
        Assert.Equal(["minMinutes must not exceed maxMinutes"], refused.Errors("minMinutes"));
        Assert.Equal(["checkIn.graceMinutes must be a whole number from 0 to 1440, or null"], refused.Errors("checkIn.graceMinutes"));
        Assert.Equal(3, refused.Errors("closedDays").Length);
        (await host.Admin.PutAsync(path, new { closedDays = new[] { new { date = "31.12.2027" } } })).Is(HttpStatusCode.BadRequest);
        (await host.Admin.PutAsync(path, new { closedDays = Enumerable.Range(0, 401).Select(i => new { date = new DateOnly(2027, 1, 1).AddDays(i) }) })).Is(HttpStatusCode.BadRequest);
        Assert.Equal(0, (await host.User.GetAsync(path))["version"].GetInt32());
    }

    [Fact]
    public async Task What_needs_approval_waits_and_what_is_moved_there_waits_again()
    {
        var (free, guarded, monday) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday());
        (await host.Admin.PutAsync($"/spaces/{guarded}/policy", new { requiresApproval = true })).Is(HttpStatusCode.OK);
        var pending = await host.BookAsync(guarded, monday);
        Assert.Equal("pending", pending["status"].GetString());
        // It holds its slot while it waits.
        (await host.User.PostAsync("/bookings", Stage.Wish(guarded, monday))).Is(HttpStatusCode.Conflict);
        (await host.Reception.PostAsync($"/bookings/{pending.Id}/confirm", new { })).Is(HttpStatusCode.OK);
        Assert.Equal("confirmed", (await host.User.PatchAsync($"/bookings/{pending.Id}", new { clientName = "Ana" }))["status"].GetString());
        Assert.Equal("confirmed", (await host.Admin.PatchAsync($"/bookings/{pending.Id}", new { endTime = monday.AddHours(2) }))["status"].GetString());
        Assert.Equal("pending", (await host.User.PatchAsync($"/bookings/{pending.Id}", new { endTime = monday.AddHours(3) }))["status"].GetString());

        var elsewhere = await host.BookAsync(free, monday.AddHours(5));
        Assert.Equal("pending", (await host.User.PatchAsync($"/bookings/{elsewhere.Id}", new { spaceId = guarded }))["status"].GetString());
    }

    [Fact]
    public async Task A_client_cancels_in_time_and_staff_at_any_time()
    {
        var (space, soon) = (await host.SpaceAsync(), TimeProvider.System.GetUtcNow().AddMinutes(90));
        var (late, early) = (await host.BookAsync(space, soon), await host.BookAsync(space, soon.AddHours(2)));
        (await host.Admin.PutAsync($"/spaces/{space}/policy", new { cancelUntilMinutes = 120 })).Is(HttpStatusCode.OK);
        const string Message = "A booking of this space may be cancelled until 120 minutes before it starts";
        (await host.User.DeleteAsync($"/bookings/{late.Id}")).Refuses(HttpStatusCode.Conflict, Message, "booking.cancel_too_late");
        (await host.User.PostAsync($"/bookings/{late.Id}/cancel", new { })).Refuses(HttpStatusCode.Conflict, Message);
        (await host.User.PatchAsync($"/bookings/{late.Id}", new { status = "cancelled" })).Refuses(HttpStatusCode.Conflict, Message);
        (await host.User.DeleteAsync($"/bookings/{early.Id}")).Is(HttpStatusCode.NoContent);
        (await host.Reception.DeleteAsync($"/bookings/{late.Id}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_limits_of_week_and_day_are_exact_under_parallel_requests()
    {
        var location = await host.LocationAsync("America/Mexico_City");
        var (spaces, monday, email, user) = (new[] { await host.SpaceAsync(location), await host.SpaceAsync(location) }, Stage.Monday(), Stage.Email(), host.User);
        (await host.Admin.PutAsync($"/locations/{location}/policy", new { weeklyLimit = 5, maxPerDay = 2 })).Is(HttpStatusCode.OK);
        // 12:00Z is 06:00 in Mexico: all of one local day.
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => user.PostAsync("/bookings", Stage.Wish(spaces[i % 2], monday.AddHours(12 + (i * 0.5)), 0.5, email))));
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal("booking.daily_limit", answer.Is(HttpStatusCode.BadRequest).Code));

        var later = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => user.PostAsync("/bookings", Stage.Wish(spaces[i % 2], monday.AddDays(1 + (i % 4)).AddHours(12 + i), 0.5, email))));
        Assert.Equal(3, later.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(5, await host.ScalarAsync<long>("select count(*) from bookings where client_email_key = $1", email));

        (await host.Admin.PutAsync($"/spaces/{spaces[0]}/policy", new { weeklyLimit = (int?)null, maxPerDay = (int?)null })).Is(HttpStatusCode.OK);
        await host.BookAsync(spaces[0], monday.AddDays(6).AddHours(12), email: email);
    }

    [Fact]
    public async Task The_rules_of_a_policy_hold_at_placing_and_at_moving()
    {
        var (space, monday) = (await host.SpaceAsync(await host.LocationAsync("America/Mexico_City")), Stage.Monday());
        (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { openTime = "09:00", closeTime = "18:00", workDays = new[] { 1, 2, 3, 4, 5 } })).Is(HttpStatusCode.OK);
        var inside = await host.BookAsync(space, monday.AddHours(16));
        (await host.Admin.PutAsync($"/spaces/{space}/policy", new
        {
            minMinutes = 30,
            maxMinutes = 60,
            slotStepMinutes = 30,
            openHoursEnforced = true,
            closedDays = new[] { new { date = $"{monday.AddDays(1):yyyy-MM-dd}" } },
        })).Is(HttpStatusCode.OK);
        // 23:10Z to 00:25Z is 17:10 to 18:25 in Mexico: three rules at once, in their order.
        var refused = (await host.User.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(23).AddMinutes(10), 1.25))).Is(HttpStatusCode.BadRequest);
        Assert.Equal(["booking.max_minutes", "booking.slot_step", "booking.outside_hours"], Codes(refused));
        Assert.Equal((60, 75), (refused["violations"][0].GetProperty("limit").GetInt32(), refused["violations"][0].GetProperty("actual").GetInt32()));
        var moved = (await host.User.PatchAsync($"/bookings/{inside.Id}", new { startTime = monday.AddDays(1).AddHours(16), endTime = monday.AddDays(1).AddHours(16.25) }))
            .Is(HttpStatusCode.BadRequest);
        Assert.Equal(["booking.min_minutes", "booking.slot_step", "booking.closed_day"], Codes(moved));
        // Until closing time, to the minute.
        await host.BookAsync(space, monday.AddHours(23));
    }

    [Fact]
    public async Task Lead_and_horizon_count_from_now_and_staff_needs_no_lead()
    {
        var (space, now) = (await host.SpaceAsync(), TimeProvider.System.GetUtcNow());
        (await host.Admin.PutAsync($"/spaces/{space}/policy", new { leadMinutes = 120, horizonDays = 30 })).Is(HttpStatusCode.OK);
        Assert.Equal(["booking.lead_time"], Codes(await host.User.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(119)))));
        (await host.User.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(125)))).Is(HttpStatusCode.Created);
        (await host.Reception.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(5)))).Is(HttpStatusCode.Created);
        Answer beyond;
        DateTimeOffset today;

        do
        {
            // Again where midnight came in between.
            today = Stage.Today();
            beyond = await host.Admin.PostAsync("/bookings", Stage.Wish(space, today.AddDays(31)));
        }
        while (today != Stage.Today());

        Assert.Equal(["booking.horizon"], Codes(beyond));
        (await host.User.PostAsync("/bookings", Stage.Wish(space, today.AddDays(30).AddHours(23)))).Is(HttpStatusCode.Created);
    }

    private static string[] Codes(Answer answer) => [.. answer["violations"].EnumerateArray().Select(violation => violation.GetProperty("code").GetString()!)];
}
