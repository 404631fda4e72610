using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Faults.Api;
using Coworking.Faults.Fuzz;
using Coworking.SystemTests.Accounts;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Security;

/// <summary>One thing of every kind, all of somebody else; keys of every sort; and the document.</summary>
public sealed partial class SecurityScene(RunningPlatform running) : IAsyncLifetime
{
    private const string Keys = "/api/v1/api-keys";

    private static readonly string[] Events = ["booking.placed"];
    private static readonly string[] LocationsOnly = ["locations:read", "locations:write"];
    private static readonly string[] AvailabilityOnly = ["availability:read"];
    private static readonly string[] Staff = ["RECEPTION", "SPECIALIST", "TECHNICIAN"];
    private static readonly string[] OfClients = ["bookings", "booking-series", "waitlist", "calendar-feeds"];

    private readonly List<Column> _columns = [];
    private ApiDocument? _document;
    private Customer? _client;

    internal TestPlatform Platform => running.Platform;

    internal ApiDocument Document => _document ?? throw new InvalidOperationException("The document has not been read");

    internal IReadOnlyList<Column> Columns => _columns;

    internal Ids Ids { get; } = new();

    /// <summary>A client whose e-mail is verified, by the mail itself.</summary>
    internal Customer Client => _client ?? throw new InvalidOperationException("The client has not been registered");

    /// <summary>E-mail of the client whose things they are.</summary>
    internal string Other { get; } = Wish.NewEmail("other");

    public async ValueTask InitializeAsync()
    {
        _document = await ApiDocument.ReadAsync(Platform.Admin.Http, TestContext.Current.CancellationToken);
        var space = await SpaceAsync();
        await ThingsOfAnotherAsync(space);
        await ThingsOfTheHouseAsync(space);
        _client = await Customer.RegisterAsync(Platform);
        await _client.VerifyAsync();
        await ColumnsAsync();
    }

    /// <summary>Every thing of the other client, as the house sees it.</summary>
    internal async Task<IReadOnlyList<string>> ThingsOfOtherAsync()
    {
        var things = new List<string>();

        foreach (var kind in OfClients)
        {
            var mine = (await Platform.Admin.GetAsync($"/api/v1/{kind}?clientEmail={Other}&pageSize=100")).Expect(HttpStatusCode.OK).Rows();
            Assert.True(mine.Count > 0, $"Nothing of {kind} is left");
            // What was told of it meanwhile is nobody's doing here.
            things.AddRange(mine.Select(row => Told().Replace(row.GetRawText(), "")));
        }

        return things;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<TestSpace> SpaceAsync()
    {
        var space = await Platform.NewSpaceAsync();
        Ids.Add("locations", space.LocationId.ToString());
        Ids.Add("spaces", space.Id.ToString());
        return space;
    }

    private async Task ThingsOfAnotherAsync(TestSpace space)
    {
        var monday = LocalTime.ComingMonday();
        await MakeAsync("/api/v1/bookings", Wish.For(space.Id, Other, monday, 9, 10));
        var first = new { start = Sample.Time(LocalTime.At(monday, 11)), end = Sample.Time(LocalTime.At(monday, 12)) };
        await MakeAsync("/api/v1/booking-series", new { spaceId = space.Id, clientEmail = Other, first, repeat = new { every = "week", count = 2 } });
        await MakeAsync("/api/v1/waitlist", new { spaceId = space.Id, clientEmail = Other, from = Sample.Time(LocalTime.At(monday, 9)), to = Sample.Time(LocalTime.At(monday, 10)), minutes = 60 });
        await MakeAsync("/api/v1/calendar-feeds", new { clientEmail = Other });
    }

    private async Task ThingsOfTheHouseAsync(TestSpace space)
    {
        await MakeAsync("/api/v1/webhooks", new { url = "http://127.0.0.1:9/hook", events = Events });
        await Eventually.HoldsAsync(async () => (await Platform.Admin.GetAsync($"{space.Iot}/twin")).Status == HttpStatusCode.OK, "iot-ingest knows the space");
        await MakeAsync("/api/v1/devices", new { serialNumber = $"SN-{space.Id:N}", spaceId = space.Id });
        // Past ones of the demo: there are some in every platform.
        Ids.Add("alerts", (await Platform.Admin.GetAsync("/api/v1/alerts?pageSize=1")).Expect(HttpStatusCode.OK).Rows()[0].Id().ToString());
    }

    private async Task<JsonElement> MakeAsync(string path, object body)
    {
        var made = (await Platform.Admin.PostAsync(path, body)).Expect(HttpStatusCode.Created);
        Ids.Remember(path, made);
        return made;
    }

    private async Task ColumnsAsync()
    {
        _columns.Add(Column.Refused("nobody", HttpStatusCode.Unauthorized, "auth.missing"));
        _columns.Add(Column.Refused("nobody with a forged identity", HttpStatusCode.Unauthorized, "auth.missing", Column.Forged(isSigned: true)));
        _columns.Add(Refused("bad key", "no-such-key-0123456789"));
        _columns.Add(Refused("expired key", await ExpiredKeyAsync()));
        _columns.Add(Refused("revoked key", await RevokedKeyAsync()));
        _columns.Add(Column.Scoped(await KeyAsync(new { role = "ADMIN", scopes = LocationsOnly }), await KeyAsync(new { role = "ADMIN", scopes = AvailabilityOnly })));
        _columns.Add(Column.User("USER", await KeyAsync(new { role = "USER" })));
        _columns.Add(Column.User("forged identity", Demo.UserKey, Column.Forged(isSigned: false)));
        _columns.Add(Column.User("forged identity, signed", Demo.UserKey, Column.Forged(isSigned: true)));
        _columns.Add(Column.Admin(await KeyAsync(new { role = "ADMIN" })));

        foreach (var role in Staff)
        {
            _columns.Add(Column.Staff(role, await StaffAsync(role)));
        }

        // Twice: as a stranger to the house, and as a client like the one whose things they are.
        _columns.Add(Column.Customer("CUSTOMER, not verified", (await Customer.RegisterAsync(Platform)).Access, verifiedEmail: null));
        _columns.Add(Column.Customer("CUSTOMER", Client.Access, Client.Email));
    }

    private async Task<string> StaffAsync(string role)
    {
        var person = await Customer.RegisterAsync(Platform);
        // By hand, as nobody has used the session so far: not every one of them waits for a mail.
        Assert.Equal(1, await Platform.ExecuteAsync("gateway", "update accounts set role = $1, email_verified_at = now() where email = $2", role, person.Email));
        return person.Access;
    }

    private static Column Refused(string name, string key) => Column.Refused(name, HttpStatusCode.Unauthorized, "auth.invalid_key", Column.Key(key));

    private async Task<string> KeyAsync(object wish)
    {
        var made = await MakeAsync(Keys, wish);
        return made.Text("key");
    }

    private async Task<string> ExpiredKeyAsync()
    {
        var made = await MakeAsync(Keys, new { role = "ADMIN", expiresAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        // Never used so far, so that nobody remembers it otherwise.
        Assert.Equal(1, await Platform.ExecuteAsync("gateway", "update api_keys set expires_at = now() - interval '1 second' where id = $1", made.Id()));
        return made.Text("key");
    }

    private async Task<string> RevokedKeyAsync()
    {
        var made = await MakeAsync(Keys, new { role = "ADMIN" });
        using var client = new ApiClient(Platform.Platform.Gateway, made.Text("key"));
        (await client.GetAsync("/api/v1/locations")).Expect(HttpStatusCode.OK);
        (await Platform.Admin.DeleteAsync($"{Keys}/{made.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        await Eventually.HoldsAsync(async () => (await client.GetAsync("/api/v1/locations")).Status == HttpStatusCode.Unauthorized, "the revoked key is refused");
        return made.Text("key");
    }

    [GeneratedRegex("\"(confirmationSent|reminderSent)\":(true|false)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Told();
}
