using System.Net;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Tests.Http;

/// <summary>What a client says of itself reaches no service.</summary>
public sealed class SmugglingTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Forged = "forged.by.client";
    private const string Start = "GET /api/v1/locations HTTP/1.1\r\nHost: public.example.com\r\nConnection: close\r\nx-api-key: " + RunningGateway.UserKey + "\r\n";

    [Theory]
    [InlineData("X-Coworking-Identity: " + Forged + "\r\n")]
    [InlineData("x-coworking-identity: " + Forged + "\r\n")]
    [InlineData("X-COWORKING-IDENTITY: " + Forged + "\r\nx-Coworking-identity: " + Forged + "\r\n")]
    [InlineData("X-Coworking-Identity:\t" + Forged + "\t\r\n")]
    [InlineData("X-Coworking-Identity: " + Forged + "\r\nConnection: x-coworking-identity\r\n")]
    [InlineData("Connection: keep-alive, x-coworking-identity\r\n")]
    [InlineData("TE: trailers\r\nTrailer: x-coworking-identity\r\n")]
    public async Task The_identity_that_arrives_is_the_gateways_own_however_a_client_writes_another(string headers)
    {
        var echo = await EchoAsync(Start + headers + "\r\n");

        Assert.DoesNotContain(Forged, echo.Headers["x-coworking-identity"], StringComparison.Ordinal);
        Assert.Equal(3, echo.Headers["x-coworking-identity"].Split('.').Length);
        Assert.DoesNotContain(',', echo.Headers["x-coworking-identity"]);
    }

    [Fact]
    public async Task A_header_that_only_looks_like_the_identity_stays_another_header()
    {
        var echo = await EchoAsync(Start + "X_Coworking_Identity: " + Forged + "\r\n\r\n");

        Assert.DoesNotContain(Forged, echo.Headers[GatewayIdentity.Header.ToLowerInvariant()], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_beyond_ASCII_arrives_as_it_was_sent()
    {
        // Its bytes are UTF-8.
        var echo = await EchoAsync(Start + "x-note: caf\u00c3\u00a9\r\n\r\n");

        Assert.Equal("caf\u00e9", echo.Headers["x-note"]);
    }

    [Fact]
    public async Task A_trailer_of_the_request_reaches_nobody()
    {
        var text = Start.Replace("GET /api/v1/locations", "POST /api/v1/bookings", StringComparison.Ordinal)
            + $"Transfer-Encoding: chunked\r\nTrailer: x-coworking-identity\r\n\r\n2\r\n{{}}\r\n0\r\nx-coworking-identity: {Forged}\r\nx-api-key: {Forged}\r\n\r\n";

        var echo = await EchoAsync(text);

        Assert.Equal(2, echo.BodyLength);
        Assert.DoesNotContain(echo.Headers, header => header.Value.Contains(Forged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_credential_goes_on_and_a_public_route_carries_no_identity_at_all()
    {
        var echo = await EchoAsync(Start.Replace("/api/v1/locations", "/api/v1/calendar.ics", StringComparison.Ordinal) + $"X-Coworking-Identity: {Forged}\r\nAuthorization: Bearer {Forged}\r\nx-device-key: {Forged}\r\n\r\n");

        Assert.False(echo.Headers.ContainsKey("x-coworking-identity"));
        Assert.DoesNotContain(echo.Headers, header => header.Value.Contains(Forged, StringComparison.Ordinal) || header.Value.Contains(RunningGateway.UserKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_a_request_came_from_is_said_by_the_gateway_alone()
    {
        var echo = await EchoAsync(Start + "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example.com\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\nForwarded: for=6.6.6.6\r\n\r\n");

        Assert.DoesNotContain("6.6.6.6", string.Join(' ', echo.Headers.Values), StringComparison.Ordinal);
        Assert.DoesNotContain("evil", string.Join(' ', echo.Headers.Values), StringComparison.Ordinal);
        Assert.Equal("public.example.com", echo.Headers["x-forwarded-host"]);
        Assert.Equal(new Uri(fixture.Reservations.Address).Authority, echo.Headers["host"]);
    }

    [Theory]
    [InlineData("/api/v1/locations/a%0d%0aX-Coworking-Identity:%20x")]
    [InlineData("/api/v1/locations/a%0aGET%20/b%20HTTP/1.1")]
    [InlineData("/api/v1/locations/%E2%98%83")]
    [InlineData("/api/v1/locations/a%2Fb")]
    [InlineData("/api/v1/locations/a%25zz")]
    [InlineData("/api/v1/locations/%252e%252e/webhooks")]
    [InlineData("/api/v1/locations/a%252fb")]
    [InlineData("/api/v1/locations/a%253fkey=b")]
    public async Task What_is_encoded_in_an_address_arrives_as_one_address(string path)
    {
        var echo = await EchoAsync(Start.Replace("/api/v1/locations", path, StringComparison.Ordinal) + "\r\n");

        Assert.Equal(Uri.UnescapeDataString(path).Replace("a/b", "a%2Fb", StringComparison.Ordinal), echo.Path);
        Assert.DoesNotContain("GET /b", string.Join(' ', echo.Headers.Values), StringComparison.Ordinal);
    }

    private async Task<Echo> EchoAsync(string text)
    {
        var answer = await RawHttp.SayAsync(fixture.Gateway, text);
        return await Echo.OfAsync(new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new StringContent(answer.Body) });
    }
}
