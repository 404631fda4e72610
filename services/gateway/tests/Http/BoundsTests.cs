using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Http;

public sealed class BoundsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData("/api/v1/bookings", MiB, true)]
    [InlineData("/api/v1/bookings", MiB + 1, false)]
    [InlineData("/api/v1/readings/devices/7/readings", 4 * MiB, true)]
    [InlineData("/api/v1/readings/devices/7/readings", (4 * MiB) + 1, false)]
    [InlineData("/api/v1/api-keys", MiB + 1, false)]
    [InlineData("/api/v1/auth/login", (64 * 1024) + 1, false)]
    [InlineData("/api/v1/auth/validate", (64 * 1024) + 1, false)]
    [InlineData("/api/v1/waitlist/offers/token/claim", MiB, true)]
    public async Task A_body_passes_up_to_its_limit_and_is_a_413_beyond_whether_its_length_is_told_or_not(string path, int length, bool passes)
    {
        foreach (var chunked in new[] { false, true })
        {
            // Kestrel counts the frames of a chunked body too.
            var size = passes && chunked ? length - (64 * 1024) : length;
            var body = new byte[size];
            // Blanks are JSON so far, so that only the length can be at fault.
            Array.Fill(body, (byte)' ');
            // Asks first: a server that refuses need not read what it refuses.
            using var answer = await fixture.Gateway.SendAsync("POST", path, body: new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } }, more: request =>
                (request.Headers.TransferEncodingChunked, request.Headers.ExpectContinue) = (chunked, true));

            if (passes)
            {
                Assert.Equal(size, (await Echo.OfAsync(answer)).BodyLength);
            }
            else
            {
                await Answers.IsProblemAsync(answer, 413, "request.too_large");
            }
        }
    }

    [Fact]
    public async Task The_largest_body_of_a_sign_in_is_judged_by_what_it_says()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", "/api/v1/auth/login", key: null, body: new StringContent(new string(' ', 64 * 1024), null, "application/json"));

        await Answers.IsProblemAsync(answer, 400, "request.invalid");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_still_a_401_without_a_key()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", "/api/v1/bookings", key: null, body: new ByteArrayContent(new byte[2 * MiB]), more: request => request.Headers.ExpectContinue = true);

        await Answers.IsProblemAsync(answer, 401, "auth.missing");
    }

    [Fact]
    public async Task Header_bombs_are_a_431_in_shape()
    {
        using var large = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request => request.Headers.Add("x-large", new string('x', 33_000)));
        using var many = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request =>
        {
            for (var i = 0; i < 120; i++)
            {
                request.Headers.Add($"x-many-{i}", "1");
            }
        });
        using var repeated = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request => request.Headers.Add("x-again", Enumerable.Repeat(new string('y', 400), 90)));

        await Answers.IsProblemAsync(large, 431, "request.headers_too_large");
        await Answers.IsProblemAsync(many, 431, "request.headers_too_large");
        await Answers.IsProblemAsync(repeated, 431, "request.headers_too_large");
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_a_414_in_shape()
    {
        using var query = await fixture.Gateway.GetAsync("/api/v1/locations?q=" + new string('q', 8200));
        using var path = await fixture.Gateway.GetAsync("/health/" + new string('p', 8200), key: null);

        await Answers.IsProblemAsync(query, 414, "request.target_too_long");
        await Answers.IsProblemAsync(path, 414, "request.target_too_long");
    }
}
