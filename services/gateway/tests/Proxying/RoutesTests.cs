using System.Text.Json.Nodes;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Proxying;

public sealed class RoutesTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Id = "b6194839-7438-4587-a52e-eeef27d00282";

    [Theory]
    [InlineData("GET", "/api/v1/locations", "reservations")]
    [InlineData("POST", "/api/v1/locations", "reservations")]
    [InlineData("PATCH", $"/api/v1/locations/{Id}", "reservations")]
    [InlineData("DELETE", $"/api/v1/locations/{Id}", "reservations")]
    [InlineData("GET", $"/api/v1/spaces?locationId={Id}", "reservations")]
    [InlineData("GET", $"/api/v1/spaces/{Id}", "reservations")]
    [InlineData("PATCH", $"/api/v1/spaces/{Id}", "reservations")]
    [InlineData("GET", "/api/v1/bookings?dateFrom=2026-01-01&status=cancelled", "reservations")]
    [InlineData("POST", "/api/v1/bookings", "reservations")]
    [InlineData("PATCH", $"/api/v1/bookings/{Id}", "reservations")]
    [InlineData("DELETE", $"/api/v1/bookings/{Id}", "reservations")]
    [InlineData("POST", $"/api/v1/bookings/{Id}/check-in", "reservations")]
    [InlineData("POST", "/api/v1/booking-series", "reservations")]
    [InlineData("GET", "/api/v1/availability?minutes=30", "reservations")]
    [InlineData("POST", "/api/v1/waitlist", "reservations")]
    [InlineData("POST", "/api/v1/waitlist/offers/secret/claim", "reservations")]
    [InlineData("POST", "/api/v1/webhooks", "reservations")]
    [InlineData("GET", "/api/v1/calendar.ics", "reservations")]
    [InlineData("GET", $"/api/v1/spaces/{Id}/calendar.ics?token=x", "reservations")]
    [InlineData("GET", $"/api/v1/spaces/{Id}/availability", "reservations")]
    [InlineData("DELETE", $"/api/v1/calendar-feeds/{Id}", "reservations")]
    [InlineData("POST", "/api/v1/admin/republish", "reservations")]
    [InlineData("GET", $"/api/v1/iot/spaces/{Id}/office-hours", "reservations")]
    [InlineData("PUT", $"/api/v1/iot/spaces/{Id}/office-hours", "reservations")]
    [InlineData("GET", $"/api/v1/iot/spaces/{Id}/twin", "iot-ingest")]
    [InlineData("PATCH", $"/api/v1/iot/spaces/{Id}/desired", "iot-ingest")]
    [InlineData("GET", $"/api/v1/iot/spaces/{Id}/telemetry?minutes=60", "iot-ingest")]
    [InlineData("GET", $"/api/v1/iot/spaces/{Id}/alerts?active=true", "iot-ingest")]
    [InlineData("POST", "/api/v1/devices", "iot-ingest")]
    [InlineData("POST", "/api/v1/readings/devices/7/readings", "iot-ingest")]
    [InlineData("GET", $"/api/v1/alerts/{Id}", "iot-ingest")]
    [InlineData("OPTIONS", "/api/v1/locations", "reservations")]
    public async Task Each_address_of_the_contract_leads_to_its_service(string method, string path, string service)
    {
        using var answer = await fixture.Gateway.SendAsync(method, path);

        var echo = await Echo.OfAsync(answer);
        Assert.Equal((service, method, path), (echo.Service, echo.Method, echo.Path + echo.Query));
    }

    [Theory]
    [InlineData("/api/v1/locationsx")]
    [InlineData("/api/v1")]
    [InlineData("/api/v2/locations")]
    [InlineData("/api/v1/locations/../nothing")]
    public async Task An_address_of_nobody_is_a_404_with_a_key_and_a_401_without(string path)
    {
        using var known = await fixture.Gateway.GetAsync(path);
        using var unknown = await fixture.Gateway.GetAsync(path, key: null);

        await Answers.IsProblemAsync(known, 404, "route.not_found");
        await Answers.IsProblemAsync(unknown, 401, "auth.missing", "Missing x-api-key header");
    }

    [Fact]
    public async Task A_wrong_method_on_a_route_of_the_gateway_itself_is_a_405_that_names_the_right_ones()
    {
        using var answer = await fixture.Gateway.SendAsync("PUT", "/api/v1/api-keys");

        await Answers.IsProblemAsync(answer, 405, "route.method_not_allowed");
        Assert.Equal(["GET", "POST"], answer.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Bodies_queries_and_trace_arrive_as_sent()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", "/api/v1/bookings?a=%2F&b=x%20y&c", body: new StringContent(new string('x', 900_000)), more: request =>
        {
            request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            request.Headers.Add("idempotency-key", "one");
            request.Headers.Add("if-match", "\"7\"");
        });

        var echo = await Echo.OfAsync(answer);
        Assert.Equal(900_000, echo.BodyLength);
        Assert.Equal("?a=%2F&b=x%20y&c", echo.Query);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", echo.Headers["traceparent"], StringComparison.Ordinal);
        Assert.Equal("one", echo.Headers["idempotency-key"]);
        Assert.Equal("\"7\"", echo.Headers["if-match"]);
    }

    [Fact]
    public async Task Two_destinations_of_one_service_share_its_requests()
    {
        await using var second = await Upstream.StartAsync("second");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d2:Address={second.Address}");
        var seen = new HashSet<string>();

        for (var i = 0; i < 4; i++)
        {
            using var answer = await gateway.GetAsync("/api/v1/locations");
            seen.Add((await Echo.OfAsync(answer)).Service);
        }

        Assert.Equal(["reservations", "second"], seen.Order());
    }

    [Fact]
    public void Routes_use_only_words_that_the_schema_knows_and_never_session_affinity()
    {
        var routes = Read("routes.json")["ReverseProxy"]!;
        var schema = Read("routes.schema.json");
        var route = schema["$defs"]!["route"]!["properties"]!;
        var cluster = schema["$defs"]!["cluster"]!["properties"]!;
        var words = route["Metadata"]!["properties"]!["Access"]!["enum"]!.AsArray().Select(word => (string?)word).ToList();

        Assert.NotEmpty(routes["Routes"]!.AsObject());
        Assert.All(routes["Routes"]!.AsObject(), pair =>
        {
            Assert.All(pair.Value!.AsObject(), member => Assert.NotNull(route[member.Key]));
            Assert.Contains((string?)pair.Value["ClusterId"], route["ClusterId"]!["enum"]!.AsArray().Select(id => (string?)id));
            Assert.True(pair.Value["Metadata"]?["Access"] is not { } access || words.Contains((string?)access));
        });
        Assert.All(routes["Clusters"]!.AsObject(), pair => Assert.All(pair.Value!.AsObject(), member => Assert.NotNull(cluster[member.Key])));
        Assert.DoesNotContain("SessionAffinity", routes.ToJsonString(), StringComparison.Ordinal);
    }

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file)))!.AsObject();
}
