using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class WaitlistTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task An_entry_is_made_read_listed_in_the_order_of_service_and_withdrawn()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        var body = WaitlistStage.Wait(space, monday, monday.AddHours(8), 90, email, new { attendees = 2, clientName = " Ana " });
        var made = (await host.User.PostAsync("/waitlist", body)).Is(HttpStatusCode.Created);
        Assert.Equal(("waiting", 90, 2, "Ana", 0, "\"1\""), (made["status"].GetString(), made["minutes"].GetInt32(), made["attendees"].GetInt32(), made["clientName"].GetString(), made["priority"].GetInt32(), made.ETag));
        Assert.Equal(made.Body.GetRawText(), (await host.EntryAsync(made.Id)).Body.GetRawText());
        var (later, urgent) = (await host.WaitAsync(space, monday, monday.AddHours(8)), await host.WaitAsync(space, monday, monday.AddHours(8), more: new { priority = 5 }));

        Assert.Equal([urgent.ToString(), made.Id.ToString(), later.ToString()], (await host.User.GetAsync($"/waitlist?spaceId={space}&status=waiting")).Ids());
        Assert.Equal([made.Id.ToString()], (await host.User.GetAsync($"/waitlist?clientEmail={email.ToUpperInvariant()}")).Ids());
        Assert.Equal([later.ToString()], (await host.User.GetAsync($"/waitlist?spaceId={space}&page=3&pageSize=1")).Ids());
        Assert.Empty((await host.User.GetAsync($"/waitlist?spaceId={space}&status=served")).Ids());
        (await host.User.DeleteAsync($"/waitlist/{later}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("withdrawn", await host.StatusAsync(later));
    }

    [Fact]
    public async Task A_client_waits_for_itself_alone_and_only_an_admin_gives_priority()
    {
        var (space, monday, mine) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        var me = host.As(new Caller("me", "account", Roles.Customer, mine, EmailVerified: true, []));
        var made = (await me.PostAsync("/waitlist", WaitlistStage.Wait(space, monday, monday.AddHours(2), email: mine))).Is(HttpStatusCode.Created);
        (await me.PostAsync("/waitlist", WaitlistStage.Wait(space, monday, monday.AddHours(2)))).Is(HttpStatusCode.Forbidden);
        (await host.User.PostAsync("/waitlist", WaitlistStage.Wait(space, monday, monday.AddHours(2), more: new { priority = 1 }))).Refuses(HttpStatusCode.Forbidden, "Only an ADMIN gives priority");
        Assert.Equal([made.Id.ToString()], (await me.GetAsync("/waitlist")).Ids());

        foreach (var stranger in new[] { new Caller("you", "account", Roles.Customer, Stage.Email(), EmailVerified: true, []), new Caller("me", "account", Roles.Customer, mine, EmailVerified: false, []) })
        {
            (await host.As(stranger).GetAsync($"/waitlist/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Waitlist entry not found", "waitlist.not_found");
            (await host.As(stranger).DeleteAsync($"/waitlist/{made.Id}")).Is(HttpStatusCode.NotFound);
            Assert.Empty((await host.As(stranger).GetAsync("/waitlist")).Ids());
        }
    }

    [Fact]
    public async Task Who_waits_for_what_is_past_waits_no_more()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var waiter = await host.WaitAsync(space, monday, monday.AddHours(2));
        await host.WatchAsync(monday.AddHours(2).AddTicks(-1));
        Assert.Equal("waiting", await host.StatusAsync(waiter));
        await host.WatchAsync(monday.AddHours(2));
        Assert.Equal("lapsed", await host.StatusAsync(waiter));
        (await host.User.DeleteAsync($"/waitlist/{waiter}")).Is(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("spaceId", "\"x\"", "spaceId")]
    [InlineData("spaceId", "null", "spaceId")]
    [InlineData("locationId", "\"00000000-0000-0000-0000-000000000000\"", "spaceId")]
    [InlineData("clientEmail", "\"nobody\"", "clientEmail")]
    [InlineData("clientName", "\"\\u0001\"", "clientName")]
    [InlineData("from", "\"2098-01-06\"", "from")]
    [InlineData("from", "\"2098-01-06T12:00:00Z\"", "to")]
    [InlineData("from", "\"1999-12-31T00:00:00Z\"", "from")]
    [InlineData("to", "null", "to")]
    [InlineData("to", "\"2098-03-09T09:00:00.001Z\"", "to")]
    [InlineData("to", "\"9999-12-31T23:59:59Z\"", "to")]
    [InlineData("minutes", "null", "minutes")]
    [InlineData("minutes", "0", "minutes")]
    [InlineData("minutes", "-1", "minutes")]
    [InlineData("minutes", "181", "minutes")]
    [InlineData("minutes", "20161", "minutes")]
    [InlineData("minutes", "2147483647", "minutes")]
    [InlineData("minutes", "2147483648", "minutes")]
    [InlineData("attendees", "0", "attendees")]
    [InlineData("attendees", "9", "attendees")]
    [InlineData("priority", "1001", "priority")]
    [InlineData("priority", "-1001", "priority")]
    public async Task A_field_that_is_wrong_is_named(string field, string value, string named)
    {
        var members = await MembersAsync();
        members[field] = value;
        var refused = (await PostAsync(members)).Is(HttpStatusCode.BadRequest);
        Assert.True(refused["errors"].EnumerateObject().Any(error => error.Name == named), refused.Body.ToString());
    }

    [Theory]
    [InlineData("minutes", "1")]
    [InlineData("minutes", "180")]
    [InlineData("to", "\"2098-03-09T09:00:00Z\"")]
    [InlineData("attendees", "8")]
    [InlineData("priority", "-1000")]
    [InlineData("priority", "1000")]
    public async Task At_its_bounds_a_field_is_taken(string field, string value)
    {
        var members = await MembersAsync();
        members[field] = value;
        (await PostAsync(members)).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task What_cannot_come_is_not_waited_for()
    {
        var (monday, now) = (Stage.Monday(), TimeProvider.System.GetUtcNow());
        (await host.User.PostAsync("/waitlist", WaitlistStage.Wait(Guid.CreateVersion7(), monday, monday.AddHours(2)))).Refuses(HttpStatusCode.NotFound, "Space not found");
        var nowhere = WaitlistStage.Wait(default, monday, monday.AddHours(2), more: new { locationId = Guid.CreateVersion7() });
        nowhere["spaceId"] = null;
        (await host.User.PostAsync("/waitlist", nowhere)).Refuses(HttpStatusCode.NotFound, "Location not found");
        var pantry = await host.SpaceAsync(more: new { kind = "pantry", bookable = false });
        (await host.User.PostAsync("/waitlist", WaitlistStage.Wait(pantry, monday, monday.AddHours(2)))).Is(HttpStatusCode.Conflict);
        var space = await host.SpaceAsync();
        Assert.Single((await host.User.PostAsync("/waitlist", WaitlistStage.Wait(space, now.AddHours(-1), now.AddMinutes(59)))).Is(HttpStatusCode.BadRequest).Errors("to"));
        (await host.User.GetAsync("/waitlist/x")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
        (await host.User.GetAsync("/waitlist?status=lost")).Is(HttpStatusCode.BadRequest);
        (await host.User.GetAsync("/waitlist?clientEmail=%00")).Is(HttpStatusCode.OK);
        (await host.User.GetAsync($"/waitlist/{Guid.CreateVersion7()}")).Is(HttpStatusCode.NotFound);
    }

    private async Task<Dictionary<string, string>> MembersAsync() => new()
    {
        ["spaceId"] = $"\"{await host.SpaceAsync()}\"",
        ["clientEmail"] = "\"a@example.com\"",
        ["from"] = "\"2098-01-06T09:00:00Z\"",
        ["to"] = "\"2098-01-06T12:00:00Z\"",
        ["minutes"] = "60",
    };

    private Task<Answer> PostAsync(Dictionary<string, string> members) =>
        host.Admin.SendTextAsync(HttpMethod.Post, "/waitlist", $"{{{string.Join(',', members.Select(member => $"\"{member.Key}\":{member.Value}"))}}}");
}
