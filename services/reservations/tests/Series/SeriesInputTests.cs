using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Series;

public sealed class SeriesInputTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string First = """{"start":"2098-01-06T09:00:00Z","end":"2098-01-06T10:00:00Z"}""";
    private const string Weekly = """{"every":"week","count":2}""";

    [Theory]
    [InlineData("clientEmail", "\"nobody\"", "clientEmail")]
    [InlineData("clientName", "\"{201}\"", "clientName")]
    [InlineData("company", "\"{201}\"", "company")]
    [InlineData("phone", "\"{51}\"", "phone")]
    [InlineData("inquiry", "\"{2001}\"", "inquiry")]
    [InlineData("attendees", "0", "attendees")]
    [InlineData("attendees", "1.5", "attendees")]
    [InlineData("spaceId", "\"x\"", "spaceId")]
    [InlineData("onConflict", "\"wait\"", "onConflict")]
    [InlineData("first", "null", "first.start")]
    [InlineData("first", """{"start":"2098-01-06T09:00:00","end":"2098-01-06T10:00:00Z"}""", "first.start")]
    [InlineData("first", """{"start":"2098-01-06T09:00:00Z"}""", "first.end")]
    [InlineData("first", """{"start":"2098-01-06T09:00:00Z","end":"2098-01-06T09:00:00Z"}""", "first.end")]
    [InlineData("first", """{"start":"1999-12-31T23:00:00Z","end":"2098-01-06T09:00:00Z"}""", "first.start")]
    [InlineData("first", """{"start":"2098-01-06T09:00:00Z","end":"2200-01-01T00:00:00Z"}""", "first.end")]
    [InlineData("first", """{"start":"9999-12-31T23:59:59.9999999Z","end":"9999-12-31T23:59:59.9999999Z"}""", "first.start")]
    [InlineData("repeat", "null", "repeat")]
    [InlineData("repeat", """{"count":2}""", "repeat.every")]
    [InlineData("repeat", """{"every":"year","count":2}""", "repeat.every")]
    [InlineData("repeat", """{"every":"day"}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":2,"until":"2098-02-01"}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":0}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":367}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":99999999999}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":2,"interval":0}""", "repeat.interval")]
    [InlineData("repeat", """{"every":"day","count":2,"interval":367}""", "repeat.interval")]
    [InlineData("repeat", """{"every":"day","until":"tomorrow"}""", "repeat.until")]
    [InlineData("repeat", """{"every":"day","until":"2098-02-30"}""", "repeat.until")]
    [InlineData("repeat", """{"every":"day","until":"2098-01-05"}""", "repeat.until")]
    [InlineData("repeat", """{"every":"day","until":"2099-01-07"}""", "repeat.until")]
    [InlineData("repeat", """{"every":"day","until":"9999-12-31"}""", "repeat.until")]
    [InlineData("repeat", """{"every":"month","count":366,"interval":366}""", "repeat.count")]
    [InlineData("repeat", """{"every":"day","count":2,"weekdays":[1]}""", "repeat.weekdays")]
    [InlineData("repeat", """{"every":"week","count":2,"weekdays":[2]}""", "repeat.weekdays")]
    [InlineData("repeat", """{"every":"week","count":2,"weekdays":[0,1]}""", "repeat.weekdays")]
    [InlineData("repeat", """{"every":"week","count":2,"weekdays":[1,8]}""", "repeat.weekdays")]
    [InlineData("repeat", """{"every":"week","count":2,"weekdays":[1,1]}""", "repeat.weekdays")]
    public async Task A_field_that_is_wrong_is_named(string field, string value, string named)
    {
        var space = await host.SpaceAsync();
        var members = new Dictionary<string, string> { ["spaceId"] = $"\"{space}\"", ["clientEmail"] = "\"a@example.com\"", ["first"] = First, ["repeat"] = Weekly };
        members[field] = Filled(value);
        var refused = (await PostAsync("/booking-series", members)).Is(HttpStatusCode.BadRequest);
        Assert.True(refused["errors"].EnumerateObject().Any(error => error.Name == named), refused.Body.ToString());
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from booking_series where space_id = $1", space));
    }

    [Theory]
    [InlineData("""{"every":"day","until":"2098-01-06"}""", 1)]
    [InlineData("""{"every":"day","count":1,"interval":366}""", 1)]
    [InlineData("""{"every":"week","count":2,"weekdays":[1]}""", 2)]
    [InlineData("""{"every":"week","count":2,"weekdays":[]}""", 2)]
    [InlineData("""{"every":"month","interval":1,"until":"2098-03-06"}""", 3)]
    public async Task At_its_bounds_a_rule_holds(string repeat, int count)
    {
        var space = await host.SpaceAsync();
        var made = await PostAsync("/booking-series", new() { ["spaceId"] = $"\"{space}\"", ["clientEmail"] = $"\"{Stage.Email()}\"", ["first"] = First, ["repeat"] = repeat });
        Assert.Equal(count, made.Is(HttpStatusCode.Created)["occurrences"].GetArrayLength());
    }

    [Fact]
    public async Task Changes_cancellations_and_extensions_name_what_is_wrong()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var body = SeriesTests.Body(space, monday.AddHours(9), new { every = "day", count = 2 });
        var made = (await host.User.PostAsync("/booking-series", body)).Is(HttpStatusCode.Created);
        var path = $"/booking-series/{made.Id}";

        foreach (var (text, named) in new[]
        {
            ("""{"changes":{}}""", "scope"), ("""{"scope":"some","changes":{}}""", "scope"), ("""{"scope":"this","changes":{}}""", "occurrence"),
            ("""{"scope":"this","occurrence":"first","changes":{}}""", "occurrence"), ("""{"scope":"all"}""", "changes"),
            ("""{"scope":"all","changes":{"startTime":"9:00"}}""", "changes.startTime"), ("""{"scope":"all","changes":{"endTime":"24:00"}}""", "changes.endTime"),
            ("""{"scope":"all","changes":{"startTime":"11:00"}}""", "changes.endTime"), ("""{"scope":"all","changes":{"spaceId":"x"}}""", "changes.spaceId"),
            ("""{"scope":"all","changes":{"attendees":0}}""", "changes.attendees"), ("""{"scope":"all","changes":{"clientName":"\u0000"}}""", "changes.clientName"),
        })
        {
            var refused = (await host.User.SendTextAsync(HttpMethod.Patch, path, text)).Is(HttpStatusCode.BadRequest);
            Assert.True(refused["errors"].EnumerateObject().Any(error => error.Name == named), $"{text}: {refused.Body}");
        }

        (await host.User.PatchAsync(path, new { scope = "all", changes = new { spaceId = Guid.CreateVersion7() } })).Refuses(HttpStatusCode.NotFound, "Space not found", "space.not_found");
        (await host.User.PatchAsync(path, new { scope = "all", changes = new { attendees = 9 } })).Is(HttpStatusCode.BadRequest);
        (await host.User.PatchAsync(path, new { scope = "this", occurrence = Guid.CreateVersion7(), changes = new { } })).Is(HttpStatusCode.NotFound);
        Assert.Single((await host.User.PostAsync(path + "/cancel", new { scope = "never" })).Is(HttpStatusCode.BadRequest).Errors("scope"));
        Assert.Single((await host.User.PostAsync(path + "/cancel", new { scope = "all", reason = new string('x', 501) })).Is(HttpStatusCode.BadRequest).Errors("reason"));
        Assert.Single((await host.User.PostAsync(path + "/extend", new { })).Is(HttpStatusCode.BadRequest).Errors("count"));
        Assert.Single((await host.User.PostAsync(path + "/extend", new { count = 2 })).Is(HttpStatusCode.BadRequest).Errors("count"));
        Assert.Single((await host.User.PostAsync(path + "/extend", new { count = 367 })).Is(HttpStatusCode.BadRequest).Errors("count"));
        Assert.Single((await host.User.PostAsync(path + "/extend", new { until = "2199-12-31" })).Is(HttpStatusCode.BadRequest).Errors("until"));
        Assert.Equal("\"1\"", (await host.User.GetAsync(path)).ETag);

        (await host.User.GetAsync("/booking-series/x")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
        (await host.User.GetAsync($"/booking-series/{Guid.CreateVersion7()}")).Refuses(HttpStatusCode.NotFound, "Booking series not found");
        (await host.User.GetAsync("/booking-series?spaceId=x")).Is(HttpStatusCode.BadRequest);
        (await host.User.GetAsync("/booking-series?clientEmail=%00")).Is(HttpStatusCode.OK);
        (await host.User.PostAsync("/booking-series?dryRun=maybe", body)).Is(HttpStatusCode.BadRequest);
        (await host.User.PostAsync("/booking-series", SeriesTests.Body(Guid.CreateVersion7(), monday, new { every = "day", count = 2 }))).Refuses(HttpStatusCode.NotFound, "Space not found");
    }

    private static string Filled(string value) => value is ['"', '{', .. var length, '}', '"'] ? $"\"{new string('x', int.Parse(length, System.Globalization.CultureInfo.InvariantCulture))}\"" : value;

    private Task<Answer> PostAsync(string path, Dictionary<string, string> members) =>
        host.User.SendTextAsync(HttpMethod.Post, path, $"{{{string.Join(',', members.Select(member => $"\"{member.Key}\":{member.Value}"))}}}");
}
