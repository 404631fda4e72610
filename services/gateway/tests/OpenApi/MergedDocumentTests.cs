using System.Net;
using System.Text.Json.Nodes;
using Coworking.Gateway.OpenApi;
using Coworking.Gateway.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.Gateway.Tests.OpenApi;

public sealed class MergedDocumentTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Part = """
        {
          "paths": {
            "/api/v1/locations/new-here": { "get": { "tags": ["Locations"], "x-coworking-service": "reservations", "responses": {} } },
            "/api/v1/devices/not-ours": { "get": { "tags": ["Devices"], "x-coworking-service": "reservations", "responses": {} } },
            "/nowhere": { "get": { "tags": ["Nowhere"], "x-coworking-service": "reservations", "responses": {} } }
          },
          "components": {}
        }
        """;

    [Fact]
    public async Task What_a_service_says_is_told_where_requests_go_to_it_and_remembered_when_it_is_gone()
    {
        await using var service = await Upstream.StartAsync("reservations");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={service.Address}");
        var clock = new StillClock();
        var document = new MergedDocument(gateway.Service<ServiceParts>(), gateway.Service<RoutedPaths>(), clock, NullLogger<MergedDocument>.Instance);
        service.Document = Part;

        Assert.Equal(["/api/v1/locations/new-here"], PathsOf(await ReadAsync(document), "reservations"));

        await service.DisposeAsync();
        clock.Advance(MergedDocument.KeptFor * 2);

        Assert.Equal(["/api/v1/locations/new-here"], PathsOf(await ReadAsync(document), "reservations"));
    }

    [Fact]
    public async Task A_service_that_has_never_answered_is_told_of_as_it_was_at_the_build()
    {
        // Both services behind this gateway answer nonsense.
        using var answer = await fixture.Gateway.GetAsync("/openapi/v1.json", key: null);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Contains("/api/v1/bookings", PathsOf(document, "reservations"));
        Assert.Contains("/api/v1/iot/spaces/{id}/twin", PathsOf(document, "iot-ingest"));
        Assert.Contains("/api/v1/iot/spaces/{id}/office-hours", PathsOf(document, "reservations"));
        Assert.Contains("/api/v1/api-keys", PathsOf(document, "gateway"));
    }

    [Fact]
    public async Task The_document_and_its_page_are_open_to_everybody()
    {
        using var page = await fixture.Gateway.GetAsync("/docs/index.html", key: null);
        using var nothing = await fixture.Gateway.GetAsync("/docs/nothing-here", key: null);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        await Answers.IsProblemAsync(nothing, 404, "route.not_found");
    }

    private static async Task<JsonNode> ReadAsync(MergedDocument document) => JsonNode.Parse((await document.ReadAsync()).Bytes)!;

    private static List<string> PathsOf(JsonNode document, string service) =>
    [
        .. document["paths"]!.AsObject().Where(path => path.Value!.AsObject().Any(operation => (string?)operation.Value!["x-coworking-service"] == service)).Select(path => path.Key),
    ];
}
