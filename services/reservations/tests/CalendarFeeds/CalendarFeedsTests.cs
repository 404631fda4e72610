using System.Net;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Calendars;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.CalendarFeeds;

public sealed class CalendarFeedsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_spaces_calendar_says_when_it_is_taken_and_nothing_of_who_comes()
    {
        var space = await host.SpaceAsync(await host.LocationAsync("America/Mexico_City", "Torre; Norte"), "Sala Azul");
        var start = Stage.Soon().AddHours(15);
        var wish = Stage.Wish(space, start, 2, "secret.person@example.com");
        (wish["clientName"], wish["company"], wish["phone"], wish["inquiry"]) = ("Secret Person", "Acme, Inc.", "555-0100", "secret wish");
        var booking = (await host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
        await host.BookAsync(await host.SpaceAsync(), start);
        var url = await FeedAsync(new { spaceId = space });

        var (calendar, text) = await ReadAsync(url);
        Assert.Equal("Sala Azul", calendar.GetProperty("name").GetString());
        var one = Assert.Single(calendar.GetProperty("events").EnumerateArray());
        Assert.Equal($"{booking.Id}@coworking", one.GetProperty("uid").GetString());
        Assert.Equal((start.ToUnixTimeSeconds(), start.AddHours(2).ToUnixTimeSeconds()), (one.GetProperty("start").GetInt64(), one.GetProperty("end").GetInt64()));
        Assert.Equal(("America/Mexico_City", "CONFIRMED", "Booked: Acme, Inc.", "Sala Azul, Torre; Norte"), (Text(one, "zone"), Text(one, "status"), Text(one, "summary"), Text(one, "location")));
        Assert.DoesNotContain("secret", text.Replace("\r\n ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("555-0100", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_keeps_the_UID_and_raises_the_sequence_and_what_was_cancelled_stays_to_be_seen()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Soon().AddHours(9));
        var booking = await host.BookAsync(space, start);
        var url = await FeedAsync(new { spaceId = space });
        var first = await OnlyAsync(url);
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { endTime = start.AddHours(3) })).Is(HttpStatusCode.OK);
        var moved = await OnlyAsync(url);
        Assert.Equal(Text(first, "uid"), Text(moved, "uid"));
        Assert.True(moved.GetProperty("sequence").GetInt64() > first.GetProperty("sequence").GetInt64());
        Assert.Equal(start.AddHours(3).ToUnixTimeSeconds(), moved.GetProperty("end").GetInt64());
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        var cancelled = await OnlyAsync(url);
        Assert.Equal((Text(first, "uid"), "CANCELLED"), (Text(cancelled, "uid"), Text(cancelled, "status")));
        Assert.True(cancelled.GetProperty("sequence").GetInt64() > moved.GetProperty("sequence").GetInt64());
        await host.ExecuteAsync("update bookings set updated_at = now() - interval '31 days' where id = $1", booking.Id);
        Assert.Empty((await ReadAsync(url)).Calendar.GetProperty("events").EnumerateArray());
    }

    [Theory]
    [InlineData("held", "TENTATIVE")]
    [InlineData("pending", "TENTATIVE")]
    [InlineData("in_progress", "CONFIRMED")]
    [InlineData("completed", "CONFIRMED")]
    [InlineData("rejected", "CANCELLED")]
    [InlineData("no_show", "CANCELLED")]
    public async Task A_state_is_said_in_the_words_of_calendars(string status, string expected)
    {
        var (space, email) = (await host.SpaceAsync(), Stage.Email());
        var booking = await host.BookAsync(space, Stage.Soon(), email: email);
        await host.ExecuteAsync("update bookings set status = $2 where id = $1", booking.Id, status);
        Assert.Equal(expected, Text(await OnlyAsync(await FeedAsync(new { spaceId = space })), "status"));
        Assert.Equal(expected, Text(await OnlyAsync(await FeedAsync(new { clientEmail = email })), "status"));
    }

    [Fact]
    public async Task A_clients_calendar_has_its_bookings_in_all_spaces_and_nobody_elses()
    {
        var (email, start) = (Stage.Email(), Stage.Soon().AddHours(10));
        var mine = new[] { await host.BookAsync(await host.SpaceAsync(name: "One"), start, email: email), await host.BookAsync(await host.SpaceAsync(name: "Two"), start, email: email) };
        await host.BookAsync(await host.SpaceAsync(), start);
        // Whatever the spelling.
        var (calendar, _) = await ReadAsync(await FeedAsync(new { clientEmail = $" {email.ToUpperInvariant()} " }));
        var events = calendar.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(mine.Select(one => $"{one.Id}@coworking").Order(StringComparer.Ordinal), events.Select(one => Text(one, "uid")!).Order(StringComparer.Ordinal));
        Assert.Equal(["One", "Two"], events.Select(one => Text(one, "summary")!).Order(StringComparer.Ordinal));
        Assert.All(events, one => Assert.Equal("Status: confirmed", Text(one, "description")));
    }

    [Fact]
    public async Task A_reader_that_has_it_already_gets_304_until_something_changes()
    {
        var space = await host.SpaceAsync();
        var url = await FeedAsync(new { spaceId = space });
        using var http = host.Http();
        using var first = await http.GetAsync(url, TestContext.Current.CancellationToken);
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal(("text/calendar", "utf-8"), (first.Content.Headers.ContentType!.MediaType, first.Content.Headers.ContentType.CharSet));

        foreach (var (known, status) in new[]
        {
            (tag, HttpStatusCode.NotModified), ($"W/{tag}", HttpStatusCode.NotModified), ($"\"x\", {tag}", HttpStatusCode.NotModified), ("*", HttpStatusCode.NotModified),
            ("\"x\"", HttpStatusCode.OK), ("no tag", HttpStatusCode.OK), ("", HttpStatusCode.OK),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
            using var again = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(status == again.StatusCode, $"{known}: {again.StatusCode}");
            Assert.Equal(tag, again.Headers.ETag!.ToString());
        }

        await host.BookAsync(space, Stage.Soon());
        using var stale = new HttpRequestMessage(HttpMethod.Get, url);
        stale.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var changed = await http.SendAsync(stale, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task A_token_that_is_wrong_revoked_or_anothers_opens_nothing_and_tells_nothing()
    {
        var (space, other) = (await host.SpaceAsync(), await host.SpaceAsync());
        var created = (await host.User.PostAsync("/calendar-feeds", new { spaceId = space })).Is(HttpStatusCode.Created);
        var token = created["url"].GetString()!.Split("token=")[1];
        var client = (await FeedAsync(new { clientEmail = Stage.Email() })).Split("token=")[1];
        string[] closed =
        [
            $"/spaces/{space}/calendar.ics", $"/spaces/{space}/calendar.ics?token=", $"/spaces/{space}/calendar.ics?token={token}x", $"/spaces/{space}/calendar.ics?token={token[..^1]}%00",
            $"/spaces/{space}/calendar.ics?token={token}&token={token}", $"/spaces/{space}/calendar.ics?token={client}", $"/spaces/{other}/calendar.ics?token={token}",
            $"/spaces/{Guid.CreateVersion7()}/calendar.ics?token={token}", $"/spaces/{space}/calendar.ics?token={new string('x', 43)}", $"/calendar.ics?token={token}", "/calendar.ics", "/calendar.ics?token=ñ",
        ];

        foreach (var path in closed)
        {
            (await host.Nobody().GetAsync(path)).Refuses(HttpStatusCode.NotFound, "Calendar not found", "calendar.not_found");
        }

        (await host.Nobody().GetAsync($"/spaces/none/calendar.ics?token={token}")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
        await ReadAsync(created["url"].GetString()!);
        (await host.User.DeleteAsync($"/calendar-feeds/{created.Id}")).Is(HttpStatusCode.NoContent);
        (await host.Nobody().GetAsync($"/spaces/{space}/calendar.ics?token={token}")).Refuses(HttpStatusCode.NotFound, "Calendar not found");
        (await host.User.DeleteAsync($"/calendar-feeds/{created.Id}")).Refuses(HttpStatusCode.NotFound, "Calendar feed not found", "calendar_feed.not_found");
    }

    [Fact]
    public async Task The_address_is_shown_once_and_only_its_hash_is_kept()
    {
        var space = await host.SpaceAsync();
        var created = (await host.Admin.PostAsync("/calendar-feeds", new { spaceId = space })).Is(HttpStatusCode.Created);
        var token = created["url"].GetString()!.Split("token=")[1];
        var row = Assert.Single((await host.User.GetAsync($"/calendar-feeds?spaceId={space}")).Is(HttpStatusCode.OK).Data.EnumerateArray());
        Assert.Equal((created.Id, space, "admin-key"), (row.GetProperty("id").GetGuid(), row.GetProperty("spaceId").GetGuid(), row.GetProperty("createdBy").GetString()));
        Assert.DoesNotContain(token, row.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from calendar_feeds f where f::text like $1", $"%{token}%"));
        Assert.Equal(32, await host.ScalarAsync<int>("select octet_length(token_hash) from calendar_feeds where id = $1", created.Id));
    }

    [Fact]
    public async Task A_customer_has_calendars_of_its_own_verified_address_and_sees_no_others()
    {
        var email = Stage.Email();
        var customer = host.As(new Caller("account-1", "account", Roles.Customer, email, EmailVerified: true, []));
        var unverified = host.As(new Caller("account-2", "account", Roles.Customer, email, EmailVerified: false, []));
        var technician = host.As(new Caller("account-3", "account", Roles.Technician, "t@example.com", EmailVerified: true, []));
        var specialist = host.As(new Caller("account-4", "account", Roles.Specialist, "s@example.com", EmailVerified: true, []));
        var others = (await host.User.PostAsync("/calendar-feeds", new { clientEmail = Stage.Email() })).Is(HttpStatusCode.Created);
        var own = (await customer.PostAsync("/calendar-feeds", new { clientEmail = email.ToUpperInvariant() })).Is(HttpStatusCode.Created);
        const string refused = "You can only have a calendar of your own verified e-mail";

        foreach (var (who, body) in new (Client, object)[]
        {
            (customer, new { clientEmail = Stage.Email() }), (customer, new { spaceId = await host.SpaceAsync() }), (unverified, new { clientEmail = email }),
            (technician, new { clientEmail = "t@example.com" }), (technician, new { spaceId = await host.SpaceAsync() }),
        })
        {
            (await who.PostAsync("/calendar-feeds", body)).Refuses(HttpStatusCode.Forbidden, refused, "calendar_feed.not_yours");
        }

        Assert.Equal([own.Id.ToString()], (await customer.GetAsync("/calendar-feeds")).Is(HttpStatusCode.OK).Ids());
        Assert.Empty((await unverified.GetAsync("/calendar-feeds")).Is(HttpStatusCode.OK).Ids());
        Assert.Empty((await technician.GetAsync("/calendar-feeds")).Is(HttpStatusCode.OK).Ids());
        Assert.Empty((await specialist.GetAsync("/calendar-feeds")).Is(HttpStatusCode.OK).Ids());
        (await customer.DeleteAsync($"/calendar-feeds/{others.Id}")).Is(HttpStatusCode.NotFound);
        (await technician.DeleteAsync($"/calendar-feeds/{own.Id}")).Is(HttpStatusCode.NotFound);
        (await customer.DeleteAsync($"/calendar-feeds/{own.Id}")).Is(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData("""{}""", "spaceId", "Either spaceId or clientEmail must be given, and not both")]
    [InlineData("""{"spaceId":"cfaa672e-cf6e-4192-8736-254ca954928c","clientEmail":"a@example.com"}""", "spaceId", "Either spaceId or clientEmail must be given, and not both")]
    [InlineData("""{"spaceId":"x"}""", "spaceId", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":""}""", "spaceId", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":7}""", "spaceId", "spaceId has the wrong type or form")]
    [InlineData("""{"clientEmail":"a"}""", "clientEmail", "Invalid email")]
    [InlineData("""{"clientEmail":""}""", "clientEmail", "Invalid email")]
    [InlineData("""{"clientEmail":"\u0000@example.com"}""", "clientEmail", "Invalid email")]
    public async Task What_is_malformed_is_named(string body, string field, string message)
    {
        var refused = (await host.User.SendTextAsync(HttpMethod.Post, "/calendar-feeds", body)).Refuses(HttpStatusCode.BadRequest, message, "request.invalid");
        Assert.Equal([message], refused.Errors(field));
    }

    [Fact]
    public async Task What_cannot_be_found_is_said_so_and_everything_else_asks_who_is_there()
    {
        (await host.User.PostAsync("/calendar-feeds", new { spaceId = Guid.CreateVersion7() })).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.User.DeleteAsync("/calendar-feeds/x")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
        (await host.User.GetAsync("/calendar-feeds?spaceId=x")).Refuses(HttpStatusCode.BadRequest, "spaceId must be a valid UUID");
        (await host.User.GetAsync("/calendar-feeds?clientEmail=%00")).Refuses(HttpStatusCode.BadRequest, "clientEmail must not contain control characters");
        (await host.User.GetAsync($"/calendar-feeds?clientEmail={new string('x', 255)}")).Refuses(HttpStatusCode.BadRequest, "clientEmail must have at most 254 characters");
        (await host.Nobody().GetAsync("/calendar-feeds")).Is(HttpStatusCode.Unauthorized);
        (await host.Nobody().PostAsync("/calendar-feeds", new { })).Is(HttpStatusCode.Unauthorized);
    }

    private async Task<string> FeedAsync(object body) => (await host.User.PostAsync("/calendar-feeds", body)).Is(HttpStatusCode.Created)["url"].GetString()!;

    private async Task<(JsonElement Calendar, string Text)> ReadAsync(string url)
    {
        using var http = host.Http();
        var text = await http.GetStringAsync(url, TestContext.Current.CancellationToken);
        return (await ForeignReader.ReadAsync(text), text);
    }

    private async Task<JsonElement> OnlyAsync(string url) => Assert.Single((await ReadAsync(url)).Calendar.GetProperty("events").EnumerateArray());

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
