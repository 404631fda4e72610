using System.Net;
using System.Net.Http.Headers;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>Whatever is sent, the answer is a 4xx in the shape of errors: never a 5xx, never a bare one. With AccessTests and HealthAndCorsTests the short form of ./dev faults S3.</summary>
public sealed class BadInputTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    public static TheoryData<string, string> Writes { get; } = new()
    {
        { "POST", "/api/v1/locations" },
        { "PATCH", $"/api/v1/locations/{Demo.North}" },
        { "POST", "/api/v1/spaces" },
        { "PATCH", $"/api/v1/spaces/{Demo.Cabina}" },
        { "POST", "/api/v1/bookings" },
        { "PATCH", $"/api/v1/iot/spaces/{Demo.Cabina}/desired" },
        { "PUT", $"/api/v1/iot/spaces/{Demo.Cabina}/office-hours" },
        { "POST", "/api/v1/api-keys" },
    };

    [Theory, MemberData(nameof(Writes))]
    public async Task A_body_that_is_none_is_400_and_one_of_another_kind_415(string method, string path)
    {
        string[] malformed = ["", "{", "[]", "null", "\"text\"", "17", "{\"name\":}", "{\"a\":1}}", "\u0000", new string('[', 10_000)];

        foreach (var text in malformed)
        {
            using var body = ApiClient.Body(text);
            IsRefused(await _platform.Admin.SendAsync(new HttpMethod(method), path, body), HttpStatusCode.BadRequest, text);
        }

        foreach (var mediaType in new[] { "text/plain", "application/xml", "multipart/form-data; boundary=x", null })
        {
            using var body = ApiClient.Body("{}", mediaType);
            IsRefused(await _platform.Admin.SendAsync(new HttpMethod(method), path, body), HttpStatusCode.UnsupportedMediaType, mediaType);
        }
    }

    [Theory, MemberData(nameof(Writes))]
    public async Task A_member_of_another_type_is_named(string method, string path)
    {
        string[] members = ["name", "capacity", "latitude", "spaceId", "startTime", "samplingIntervalSec", "openTime", "workDays", "role"];

        foreach (var member in members)
        {
            foreach (var value in new[] { "{\"x\":1}", "[[]]", "true", "-1e400", "\"\\u0000\"" })
            {
                using var body = ApiClient.Body($"{{\"{member}\":{value}}}");
                var answer = await _platform.Admin.SendAsync(new HttpMethod(method), path, body);

                // A PATCH that does not know the member has nothing to do, and says so with 200 or 400.
                if (answer.Status != HttpStatusCode.OK)
                {
                    IsRefused(answer, HttpStatusCode.BadRequest, $"{member} {value}");
                }
            }
        }

        (await _platform.User.GetAsync($"/api/v1/spaces/{Demo.Cabina}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_beyond_a_mebibyte_is_413_whether_its_length_is_told_or_not()
    {
        var huge = new byte[3 * 1024 * 1024];
        // White space: JSON that has not begun yet, so that only its length can be at fault.
        Array.Fill(huge, (byte)' ');
        using var told = new ByteArrayContent(huge);
        told.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        IsRefused(await _platform.User.SendAsync(HttpMethod.Post, "/api/v1/bookings", told, ("Expect", "100-continue")), HttpStatusCode.RequestEntityTooLarge, "told");

        for (var attempt = 1; ; attempt++)
        {
            using var source = new MemoryStream(huge);
            using var untold = new StreamContent(source);
            untold.Headers.ContentType = new MediaTypeHeaderValue("application/json");

            try
            {
                IsRefused(
                    await _platform.User.SendAsync(HttpMethod.Post, "/api/v1/bookings", untold, ("Transfer-Encoding", "chunked")), HttpStatusCode.RequestEntityTooLarge, "untold");
                return;
            }
            catch (HttpRequestException e) when (e.InnerException is IOException && attempt < 5)
            {
                // The answer comes while this client still sends, and the end of the connection behind it: a slow client may meet the end first.
            }
        }
    }

    [Theory]
    [InlineData("/api/v1/locations?page=0")]
    [InlineData("/api/v1/locations?page=-1")]
    [InlineData("/api/v1/locations?page=two")]
    [InlineData("/api/v1/locations?page=99999999999999999999")]
    [InlineData("/api/v1/locations?page=1&page=2")]
    [InlineData("/api/v1/locations?pageSize=0")]
    [InlineData("/api/v1/spaces?pageSize=101")]
    [InlineData("/api/v1/spaces?pageSize=1.5")]
    [InlineData("/api/v1/spaces?locationId=%00")]
    [InlineData("/api/v1/bookings?dateFrom=tomorrow")]
    [InlineData("/api/v1/bookings?dateTo=2026-13-01")]
    [InlineData("/api/v1/bookings?status=lost")]
    [InlineData("/api/v1/bookings?clientEmail=%00")]
    [InlineData("/api/v1/bookings?spaceId='%20or%201=1--")]
    [InlineData("/api/v1/api-keys?page=0")]
    [InlineData("/api/v1/iot/rejected?pageSize=1000")]
    public async Task A_query_value_out_of_bounds_is_400(string path) => IsRefused(await _platform.Admin.GetAsync(path), HttpStatusCode.BadRequest, path);

    [Theory]
    [InlineData("/api/v1/locations")]
    [InlineData("/api/v1/spaces")]
    [InlineData("/api/v1/bookings")]
    [InlineData("/api/v1/api-keys")]
    [InlineData("/api/v1/iot/rejected")]
    public async Task The_last_page_that_there_can_be_is_empty(string path)
    {
        foreach (var page in new[] { "2147483647", "21474836" })
        {
            Assert.Empty((await _platform.Admin.GetAsync($"{path}?page={page}&pageSize=100")).Expect(HttpStatusCode.OK).Rows());
        }
    }

    [Fact]
    public async Task Signs_that_mean_something_elsewhere_mean_themselves()
    {
        foreach (var email in new[] { "%25", "_", "%5C", "'%3B%20drop%20table%20bookings%3B--", "%F0%9F%98%80" })
        {
            Assert.Empty((await _platform.User.GetAsync($"/api/v1/bookings?spaceId={Demo.SalaPrincipal}&clientEmail={email}")).Expect(HttpStatusCode.OK).Rows());
        }

        IsRefused(await _platform.User.GetAsync("/api/v1/spaces/%2e%2e%2fadmin"), null, "dots");
        // Half a character is none: PostgreSQL could not keep it.
        using var half = ApiClient.Body("{\"name\":\"\\ud800\",\"latitude\":1,\"longitude\":1}");
        IsRefused(await _platform.Admin.SendAsync(HttpMethod.Post, "/api/v1/locations", half), HttpStatusCode.BadRequest, "half a character");
    }

    [Fact]
    public async Task An_address_or_headers_too_long_are_refused_in_shape()
    {
        (await _platform.User.GetAsync($"/api/v1/locations?x={new string('x', 10_000)}")).ExpectProblem(HttpStatusCode.RequestUriTooLong);
        (await _platform.User.GetAsync($"/api/v1/locations/{new string('x', 10_000)}")).ExpectProblem(HttpStatusCode.RequestUriTooLong);
        (await _platform.User.SendAsync(HttpMethod.Get, "/api/v1/locations", null, ("x-long", new string('x', 40_000)))).ExpectProblem(HttpStatusCode.RequestHeaderFieldsTooLarge);
        using var longKey = new ApiClient(_platform.Platform.Gateway, new string('k', 20_000));
        (await longKey.GetAsync("/api/v1/locations")).ExpectProblem(HttpStatusCode.Unauthorized, "Invalid API key");
    }

    [Theory]
    [InlineData("PUT", "/api/v1/locations")]
    [InlineData("DELETE", "/api/v1/bookings")]
    [InlineData("POST", "/api/v1/iot/stream")]
    [InlineData("PROPFIND", "/api/v1/locations")]
    [InlineData("BREW", "/api/v1/spaces")]
    [InlineData("TRACE", "/api/v1/spaces")]
    [InlineData("PATCH", "/health")]
    [InlineData("PUT", "/api/v1/api-keys")]
    public async Task A_method_that_an_address_does_not_take_is_405(string method, string path) =>
        IsRefused(await _platform.Admin.SendAsync(new HttpMethod(method), path), HttpStatusCode.MethodNotAllowed, method);

    private static void IsRefused(Answer answer, HttpStatusCode? status, string? what)
    {
        Assert.True((int)answer.Status is >= 400 and < 500, $"{answer.Request} {what}: {(int)answer.Status} {answer.Text}");
        answer.ExpectProblem(status ?? answer.Status);
    }
}
