using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>Who may call which row of wire.md's table.</summary>
public sealed class AccessTests(RunningPlatform running)
{
    private const string Any = "00000000-0000-4000-8000-000000000000";

    private readonly TestPlatform _platform = running.Platform;

    /// <summary>Method, path, for ADMIN only.</summary>
    public static TheoryData<string, string, bool> Routes { get; } = new()
    {
        { "GET", "/api/v1/locations", false },
        { "GET", $"/api/v1/locations/{Any}", false },
        { "POST", "/api/v1/locations", true },
        { "PATCH", $"/api/v1/locations/{Any}", true },
        { "DELETE", $"/api/v1/locations/{Any}", true },
        { "GET", "/api/v1/spaces", false },
        { "GET", $"/api/v1/spaces/{Any}", false },
        { "POST", "/api/v1/spaces", true },
        { "PATCH", $"/api/v1/spaces/{Any}", true },
        { "DELETE", $"/api/v1/spaces/{Any}", true },
        { "GET", "/api/v1/bookings", false },
        { "GET", $"/api/v1/bookings/{Any}", false },
        { "POST", "/api/v1/bookings", false },
        { "PATCH", $"/api/v1/bookings/{Any}", false },
        { "DELETE", $"/api/v1/bookings/{Any}", false },
        { "GET", $"/api/v1/spaces/{Any}/availability", false },
        { "GET", "/api/v1/availability", false },
        { "GET", "/api/v1/calendar-feeds", false },
        { "POST", "/api/v1/calendar-feeds", false },
        { "DELETE", $"/api/v1/calendar-feeds/{Any}", false },
        { "GET", $"/api/v1/iot/spaces/{Any}/twin", false },
        { "PATCH", $"/api/v1/iot/spaces/{Any}/desired", true },
        { "GET", $"/api/v1/iot/spaces/{Any}/office-hours", false },
        { "PUT", $"/api/v1/iot/spaces/{Any}/office-hours", true },
        { "GET", $"/api/v1/iot/spaces/{Any}/telemetry", false },
        { "GET", $"/api/v1/iot/spaces/{Any}/alerts", false },
        { "GET", "/api/v1/iot/rejected", true },
        { "POST", "/api/v1/admin/republish", true },
        { "GET", "/api/v1/api-keys", true },
        { "POST", "/api/v1/api-keys", true },
        { "DELETE", $"/api/v1/api-keys/{Any}", true },
    };

    [Theory, MemberData(nameof(Routes))]
    public async Task A_key_is_asked_for_before_anything_is_judged_and_ADMIN_where_the_table_says_so(string method, string path, bool forAdmins)
    {
        using var malformed = ApiClient.Body("{ not even JSON");
        var bare = await _platform.Nobody.SendAsync(new HttpMethod(method), path, method is "GET" or "DELETE" ? null : malformed);
        Assert.Equal("auth.missing", bare.ExpectProblem(HttpStatusCode.Unauthorized, "Missing x-api-key header").Text("code"));

        using var empty = ApiClient.Body("{}");
        var answer = await _platform.User.SendAsync(new HttpMethod(method), path, method is "GET" or "DELETE" ? null : empty);

        if (forAdmins)
        {
            answer.ExpectProblem(HttpStatusCode.Forbidden, "This endpoint requires admin access");
        }
        else
        {
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.Request}: {answer.Status}");
        }
    }

    [Theory]
    [InlineData("/api/v1/locations", "Location not found")]
    [InlineData("/api/v1/spaces", "Space not found")]
    [InlineData("/api/v1/bookings", "Booking not found")]
    public async Task An_unknown_id_is_404_in_words_and_an_id_that_is_no_UUID_is_400(string path, string words)
    {
        HttpMethod[] methods = [HttpMethod.Get, HttpMethod.Patch, HttpMethod.Delete];

        foreach (var method in methods)
        {
            using var body = ApiClient.Body("{}");
            (await _platform.Admin.SendAsync(method, $"{path}/{Any}", method == HttpMethod.Patch ? body : null)).ExpectProblem(HttpStatusCode.NotFound, words);
            using var again = ApiClient.Body("{}");
            (await _platform.Admin.SendAsync(method, $"{path}/not-a-uuid", method == HttpMethod.Patch ? again : null)).ExpectProblem(HttpStatusCode.BadRequest, "UUID");
        }
    }

    [Theory]
    [InlineData("GET", "twin", null)]
    [InlineData("PATCH", "desired", """{"samplingIntervalSec":10}""")]
    [InlineData("GET", "office-hours", null)]
    [InlineData("PUT", "office-hours", "{}")]
    [InlineData("GET", "telemetry", null)]
    [InlineData("GET", "alerts", null)]
    public async Task What_hangs_on_an_unknown_space_is_404_and_on_no_UUID_400(string method, string leaf, string? body)
    {
        using var first = body is null ? null : ApiClient.Body(body);
        (await _platform.Admin.SendAsync(new HttpMethod(method), $"/api/v1/iot/spaces/{Any}/{leaf}", first)).ExpectProblem(HttpStatusCode.NotFound, "Space not found");
        using var second = body is null ? null : ApiClient.Body(body);
        (await _platform.Admin.SendAsync(new HttpMethod(method), $"/api/v1/iot/spaces/12345/{leaf}", second)).ExpectProblem(HttpStatusCode.BadRequest, "UUID");
    }

    [Fact]
    public async Task A_calendar_is_read_without_a_key_under_its_secret_address_only()
    {
        using var body = ApiClient.Body($$"""{"spaceId":"{{Demo.SalaAzul}}"}""");
        var feed = (await _platform.User.SendAsync(HttpMethod.Post, "/api/v1/calendar-feeds", body)).Expect(HttpStatusCode.Created);

        foreach (var path in new[] { $"/api/v1/spaces/{Demo.SalaAzul}/calendar.ics", "/api/v1/calendar.ics" })
        {
            (await _platform.Nobody.GetAsync($"{path}?token=wrong")).ExpectProblem(HttpStatusCode.NotFound, "Calendar not found");
        }

        using var http = new HttpClient();
        Assert.StartsWith("BEGIN:VCALENDAR\r\n", await http.GetStringAsync(new Uri(_platform.Platform.Gateway, feed.Text("url")), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (await _platform.Nobody.GetAsync($"/api/v1/spaces/{Demo.SalaAzul}/availability")).ExpectProblem(HttpStatusCode.Unauthorized, "Missing x-api-key header");
    }

    [Theory]
    [InlineData("/api/v1/nothing-here")]
    [InlineData("/api/v2/locations")]
    [InlineData("/api/v1/iot/nothing")]
    [InlineData("/api/v1/locations/a/b/c")]
    public async Task An_unknown_route_is_404_with_a_key_and_401_without(string path)
    {
        (await _platform.User.GetAsync(path)).ExpectProblem(HttpStatusCode.NotFound);
        (await _platform.Nobody.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "Missing x-api-key header");
    }

    [Fact]
    public async Task An_unknown_key_is_401_and_a_key_in_the_query_counts_on_the_stream_only()
    {
        using var stranger = new ApiClient(_platform.Platform.Gateway, "no-such-key-0123456789");
        (await stranger.GetAsync("/api/v1/locations")).ExpectProblem(HttpStatusCode.Unauthorized, "Invalid API key");
        (await _platform.Nobody.GetAsync($"/api/v1/locations?key={Demo.AdminKey}")).ExpectProblem(HttpStatusCode.Unauthorized, "Missing x-api-key header");
        (await _platform.Nobody.GetAsync("/api/v1/iot/stream")).ExpectProblem(HttpStatusCode.Unauthorized, "Missing x-api-key header");
        (await _platform.Nobody.GetAsync("/api/v1/iot/stream?key=no-such-key-0123456789")).ExpectProblem(HttpStatusCode.Unauthorized, "Invalid API key");
    }

    [Fact]
    public async Task Nobody_can_bring_an_identity_of_his_own()
    {
        var forged = await _platform.User.SendAsync(HttpMethod.Get, "/api/v1/iot/rejected", null, ("X-Coworking-Identity", "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiQURNSU4ifQ."));
        forged.ExpectProblem(HttpStatusCode.Forbidden, "This endpoint requires admin access");
    }
}
