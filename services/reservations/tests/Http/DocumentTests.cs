using System.Text.Json.Nodes;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Http;

public sealed class DocumentTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Every_address_of_the_API_is_described()
    {
        var document = JsonNode.Parse((await host.Services.GetRequiredService<ServiceDocument>().ReadAsync()).Span)!;
        var endpoints = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .Select(endpoint => (Endpoint: endpoint, Method: endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Single().ToLowerInvariant()))
            .ToList();

        Assert.True(endpoints.Count > 40, $"{endpoints.Count} endpoints");
        Assert.Empty(endpoints.Where(one => one.Endpoint.Metadata.GetMetadata<Operation>() is null).Select(one => $"{one.Endpoint} lacks Described"));
        Assert.Empty(endpoints.Where(one => document["paths"]?["/" + one.Endpoint.RoutePattern.RawText!.Trim('/')]?[one.Method]?["summary"] is null).Select(one => $"{one.Endpoint} is not in the document"));
        Assert.Equal(endpoints.Count, document["paths"]!.AsObject().Where(path => path.Key.StartsWith("/api/", StringComparison.Ordinal)).Sum(path => path.Value!.AsObject().Count));
    }
}
