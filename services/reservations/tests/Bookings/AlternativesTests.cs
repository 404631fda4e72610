using System.Net;
using System.Text.Json;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class AlternativesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_taken_slot_is_answered_with_up_to_three_that_are_free()
    {
        var (location, monday) = (await host.LocationAsync(), Stage.Monday());
        var space = await host.SpaceAsync(location, "A", new { bufferAfter = 10 });
        var (smaller, bigger) = (await host.SpaceAsync(location, "B", new { capacity = 4 }), await host.SpaceAsync(location, "C", new { capacity = 12 }));
        await host.SpaceAsync(location, "D", new { capacity = 20, active = false });
        await host.BookAsync(space, monday.AddHours(10));
        var refused = (await host.User.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(10.5)))).Is(HttpStatusCode.Conflict);
        var offers = Offers(refused);
        Assert.Equal([(space, monday.AddHours(11).AddMinutes(10)), (space, monday.AddHours(9).AddMinutes(-10)), (bigger, monday.AddHours(10.5))], offers);

        foreach (var (id, start) in offers)
        {
            await host.BookAsync(id, start);
        }

        // Four people fit into the small one too, and the smallest that fits comes first.
        var wish = Stage.Wish(space, monday.AddHours(10.5));
        wish["attendees"] = 4;
        Assert.Contains((smaller, monday.AddHours(10.5)), Offers(await host.User.PostAsync("/bookings", wish)));
    }

    [Fact]
    public async Task Whatever_is_offered_would_be_accepted()
    {
        var (location, monday, random) = (await host.LocationAsync("America/Mexico_City"), Stage.Monday(), new Random(4));
        var spaces = new List<Guid>();

        for (var i = 0; i < 3; i++)
        {
            var space = await host.SpaceAsync(location, $"R{i}", new { capacity = 6 + i, bufferBefore = 5 * i, bufferAfter = 10 });
            (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { openTime = "08:00", closeTime = "20:00", workDays = new[] { 1, 2, 3, 4, 5, 6, 7 } })).Is(HttpStatusCode.OK);
            (await host.Admin.PutAsync($"/spaces/{space}/policy", new { openHoursEnforced = i != 1, slotStepMinutes = i == 2 ? null : (int?)15, maxMinutes = 180 })).Is(HttpStatusCode.OK);
            spaces.Add(space);
        }

        var offered = 0;

        for (var i = 0; i < 60; i++)
        {
            var wish = Stage.Wish(spaces[random.Next(3)], monday.AddDays(random.Next(2)).AddHours(14 + (random.Next(44) * 0.25)), random.Next(1, 9) * 0.25);
            var answer = await host.User.PostAsync("/bookings", wish);

            if (answer.Status == HttpStatusCode.Conflict && answer["violations"].GetArrayLength() == 1)
            {
                var length = (DateTimeOffset)wish["endTime"]! - (DateTimeOffset)wish["startTime"]!;

                foreach (var (space, start) in Offers(answer))
                {
                    var instead = new Dictionary<string, object?>(wish) { ["spaceId"] = space, ["startTime"] = start, ["endTime"] = start + length };
                    (await host.User.PostAsync("/bookings?dryRun=true", instead)).Is(HttpStatusCode.OK);
                    offered++;
                }
            }
        }

        Assert.True(offered > 20, $"only {offered} were offered");
    }

    [Fact]
    public async Task A_move_into_a_taken_slot_is_answered_with_what_it_may_be_moved_to_and_is_no_rival_of_itself()
    {
        var (location, monday) = (await host.LocationAsync(), Stage.Monday());
        var (space, sibling) = (await host.SpaceAsync(location, "A"), await host.SpaceAsync(location, "B"));
        var booking = await host.BookAsync(space, monday.AddHours(9), 2);
        await host.BookAsync(space, monday.AddHours(11));
        var refused = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { startTime = monday.AddHours(10.5), endTime = monday.AddHours(12) })).Is(HttpStatusCode.Conflict);
        var offers = Offers(refused);
        Assert.Equal([(space, monday.AddHours(12)), (space, monday.AddHours(9.5)), (sibling, monday.AddHours(10.5))], offers);

        foreach (var (id, start) in offers)
        {
            (await host.User.PatchAsync($"/bookings/{booking.Id}", new { spaceId = id, startTime = start, endTime = start.AddHours(1.5) })).Is(HttpStatusCode.OK);
        }

        // Two hours before eleven are what it would have anyway.
        var other = await host.BookAsync(space, monday.AddHours(9), 2);
        refused = await host.User.PatchAsync($"/bookings/{other.Id}", new { startTime = monday.AddHours(10), endTime = monday.AddHours(12) });
        Assert.DoesNotContain((space, monday.AddHours(9)), Offers(refused));
    }

    [Fact]
    public async Task Whatever_is_offered_instead_of_a_move_the_move_gets()
    {
        var (location, monday, random) = (await host.LocationAsync(), Stage.Monday(), new Random(5));
        var spaces = new[] { await host.SpaceAsync(location, "A", new { bufferAfter = 10 }), await host.SpaceAsync(location, "B", new { bufferBefore = 5 }) };
        (await host.Admin.PutAsync($"/spaces/{spaces[1]}/policy", new { requiresApproval = true, slotStepMinutes = 15 })).Is(HttpStatusCode.OK);
        var bookings = new List<Guid>();

        for (var i = 0; i < 8; i++)
        {
            bookings.Add((await host.BookAsync(spaces[i % 2], monday.AddHours(8 + (2 * (i / 2))))).Id);
        }

        var offered = 0;

        for (var i = 0; i < 30; i++)
        {
            var (booking, start, hours) = (bookings[random.Next(bookings.Count)], monday.AddHours(8 + (random.Next(32) * 0.25)), random.Next(1, 7) * 0.25);
            var answer = await host.User.PatchAsync($"/bookings/{booking}", new { spaceId = spaces[random.Next(2)], startTime = start, endTime = start.AddHours(hours) });

            if (answer.Status == HttpStatusCode.Conflict && Offers(answer) is { Count: > 0 } offers)
            {
                var (space, instead) = offers[random.Next(offers.Count)];
                (await host.User.PatchAsync($"/bookings/{booking}", new { spaceId = space, startTime = instead, endTime = instead.AddHours(hours) })).Is(HttpStatusCode.OK);
                offered++;
            }
        }

        Assert.True(offered > 8, $"only {offered} were offered");
    }

    [Fact]
    public async Task Whoever_may_not_leave_is_offered_nothing_to_go_to()
    {
        var (location, now) = (await host.LocationAsync(), TimeProvider.System.GetUtcNow());
        var (busy, late) = (await host.SpaceAsync(location, "A"), await host.SpaceAsync(location, "B"));
        await host.SpaceAsync(location, "C");
        var running = (await host.Admin.PostAsync("/bookings", Stage.Wish(busy, now.AddMinutes(-30)))).Is(HttpStatusCode.Created);
        (await host.Admin.PostAsync($"/bookings/{running.Id}/start", new { })).Is(HttpStatusCode.OK);
        await host.BookAsync(busy, now.AddMinutes(30));
        Assert.Empty(Offers((await host.Admin.PatchAsync($"/bookings/{running.Id}", new { endTime = now.AddHours(1) })).Is(HttpStatusCode.Conflict)));

        var soon = await host.BookAsync(late, now.AddHours(1), 2);
        await host.BookAsync(late, now.AddHours(3));
        (await host.Admin.PutAsync($"/spaces/{late}/policy", new { cancelUntilMinutes = 120 })).Is(HttpStatusCode.OK);
        Assert.Empty(Offers((await host.User.PatchAsync($"/bookings/{soon.Id}", new { endTime = now.AddHours(3.5) })).Is(HttpStatusCode.Conflict)));
        Assert.NotEmpty(Offers((await host.Reception.PatchAsync($"/bookings/{soon.Id}", new { endTime = now.AddHours(3.5) })).Is(HttpStatusCode.Conflict)));
    }

    [Fact]
    public async Task A_dry_run_judges_and_writes_nothing()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var judged = (await host.User.PostAsync("/bookings?dryRun=true", Stage.Wish(space, monday))).Is(HttpStatusCode.OK);
        Assert.True(judged["ok"].GetBoolean() && judged["violations"].GetArrayLength() == 0 && judged["status"].GetString() == "confirmed");
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
        await host.BookAsync(space, monday);
        Assert.Equal(JsonValueKind.Array, (await host.User.PostAsync("/bookings?dryRun=true", Stage.Wish(space, monday))).Is(HttpStatusCode.Conflict)["alternatives"].ValueKind);
        (await host.User.PostAsync("/bookings?dryRun=yes", Stage.Wish(space, monday))).Refuses(HttpStatusCode.BadRequest, "dryRun must be one of true, false");
    }

    private static List<(Guid Space, DateTimeOffset Start)> Offers(Answer refused) =>
        [.. refused["alternatives"].EnumerateArray().Select(offer => (offer.GetProperty("spaceId").GetGuid(), offer.GetProperty("startTime").GetDateTimeOffset()))];
}
