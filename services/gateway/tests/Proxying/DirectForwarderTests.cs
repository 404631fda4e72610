using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Proxying;

/// <summary>What is passed on directly looks, to the service and to the client, as if YARP had passed it on.</summary>
public sealed class DirectForwarderTests(ForwardingFixture fixture) : IClassFixture<ForwardingFixture>
{
    // Made anew for each request.
    private static readonly string[] OwnFields = ["x-request-id", "traceparent", "x-coworking-identity", "date"];

    private const string Hello = "Content-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello";

    public static TheoryData<string, string, bool> GoodAnswers => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain", "hello", false },
        { "HTTP/1.1 200 OK\r\ncontent-LENGTH:5\r\nX-Empty:\r\nX-Padded: \t a b \t", "hello", false },
        { "HTTP/1.1 404 Nobody Knows\r\nContent-Length: 5", "hello", false },
        { "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 5", "hello", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0", "", false },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", false },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "0\r\n\r\n", false },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED", "00a\r\n0123456789\r\n0\r\n\r\n", false },
        { "HTTP/1.1 204 No Content\r\nETag: \"a\"", "", false },
        { "HTTP/1.1 304 Not Modified\r\nETag: \"a\"", "", false },
        { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5", "hello", false },
        { "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: Accept\r\nVary: Origin\r\nContent-Length: 2", "hi", false },
        { "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nAlt-Svc: clear\r\nServer: secret/1.0\r\nConnection: keep-alive\r\nContent-Length: 5", "hello", false },
        { "HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 5", "hello", true },
        { "HTTP/1.1 200 OK\r\nContent-Type: text/plain", "until the end", true },
        { "HTTP/1.0 200 OK\r\nContent-Type: text/plain", "of old", true },
        { $"HTTP/1.1 200 OK\r\nX-Long: {new string('a', 5000)}\r\nContent-Length: 5", "hello", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 300000", new string('b', 300_000), false },
    };

    public static TheoryData<string> BadAnswers =>
    [
        "",
        "nonsense\r\n\r\n",
        $"HTTP/1.1 2x0 OK\r\n{Hello}",
        $"HTTP/3.1 200 OK\r\n{Hello}",
        $"HTTP/1.1 200 OK\r\nno colon\r\n{Hello}",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Ty",
    ];

    public static TheoryData<string> Requests =>
    [
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\n",
        "HEAD /api/v1/locations?a=b%20c&d=%C3%A9&e HTTP/1.1\r\nHost: front.example.com\r\nAccept: application/json\r\n",
        "GET /api/v1/spaces/a-b_c~d;e=f,g(h)!'@:$&+ HTTP/1.1\r\nHost: front.example.com:8443\r\nCookie: a=b; c=d\r\nIf-None-Match: \"x\"\r\n",
        "GET /api/v1/spaces/%7Eencoded%20space HTTP/1.1\r\nHost: front.example.com\r\n",
        "GET /api/v1/spaces/?q=<a>|\"b\" HTTP/1.1\r\nHost: front.example.com\r\n",
        "GET /api/v1/spaces/./b/../c HTTP/1.1\r\nHost: front.example.com\r\n",
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nX-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /x\r\nForwarded: for=10.1.1.1\r\n",
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nUpgrade-Insecure-Requests: 1\r\nHTTP2-Settings: x\r\n",
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nAccept-Language: de\r\nAccept-Language: en\r\nX-Empty:\r\n",
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nX-Umlaut: \u00c3\u00a4\r\n",
        "GET /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nX-Coworking-Identity: forged\r\nAuthorization: Basic abc\r\nx-device-key: abc\r\n",
        "GET /api/v1/locations HTTP/1.0\r\n",
    ];

    [Theory]
    [MemberData(nameof(GoodAnswers))]
    public async Task An_answer_reaches_the_client_as_through_YARP_in_whatever_pieces_it_comes(string head, string body, bool closes)
    {
        // A service does not send the body of a HEAD.
        foreach (var (method, bytes) in new[] { ("GET", $"{head}\r\n\r\n{body}"), ("HEAD", $"{head}\r\n\r\n") })
        {
            fixture.Service.Script = new Script(bytes, closes);
            var expected = await AskAsync(fixture.ByYarp, method);
            Assert.False(expected.Headers.GetValueOrDefault("content-type") == "application/problem+json", expected.Body);
            var before = fixture.PassedOnByYarp;

            foreach (var piece in bytes.Length < 1000 ? [0, 1, 7] : new[] { 0, 1000 })
            {
                fixture.Service.Script = new Script(bytes, closes, piece);
                Same(expected, await AskAsync(fixture.Direct, method));
            }

            Assert.Equal(before, fixture.PassedOnByYarp);
        }
    }

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task An_answer_that_is_none_is_a_503_or_broken_off_as_through_YARP(string answer)
    {
        fixture.Service.Script = new Script(answer, Closes: true);
        var expected = await StatusAsync(fixture.ByYarp);
        var before = fixture.PassedOnByYarp;

        Assert.Equal(expected, await StatusAsync(fixture.Direct));

        Assert.Equal(before, fixture.PassedOnByYarp);
    }

    [Theory]
    [InlineData("XX")]
    [InlineData("\r\nzz\r\n")]
    public async Task Half_a_body_never_stands_before_our_own_words(string nonsense)
    {
        // One good chunk and nonsense in one piece: YARP has read ahead and can still say 503, here the first half may be on its way.
        fixture.Service.Script = new Script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello" + nonsense, Closes: true);

        Assert.Equal(0, await StatusAsync(fixture.Direct));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_reaches_the_service_as_through_YARP(string request)
    {
        fixture.Service.Script = new Script("HTTP/1.1 204 No Content\r\n\r\n");
        fixture.Service.TakeHeads();
        var text = $"{request}x-api-key: {RunningGateway.AdminKey}\r\nConnection: close\r\n\r\n";

        var expected = (await RawHttp.SayAsync(fixture.ByYarp, text)).Status;
        var byYarp = Assert.Single(fixture.Service.TakeHeads());
        var seen = (await RawHttp.SayAsync(fixture.Direct, text)).Status;
        var direct = Assert.Single(fixture.Service.TakeHeads());

        Assert.Equal((204, 204), (expected, seen));
        Assert.Equal(Lines(byYarp), Lines(direct));
    }

    private static Task<RawAnswer> AskAsync(RunningGateway gateway, string method) =>
        RawHttp.SayAsync(gateway, $"{method} /api/v1/locations HTTP/1.1\r\nHost: front.example.com\r\nx-api-key: {RunningGateway.AdminKey}\r\nConnection: close\r\n\r\n");

    // 0: an answer that began and was broken off.
    private static async Task<int> StatusAsync(RunningGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/locations");
        request.Headers.Add("x-api-key", RunningGateway.AdminKey);

        try
        {
            using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static void Same(RawAnswer expected, RawAnswer seen)
    {
        Assert.Equal(expected.Status, seen.Status);
        Assert.Equal(expected.Body, seen.Body);
        Assert.Equal(expected.Rest, seen.Rest);
        Assert.Equal(Fields(expected), Fields(seen));
    }

    private static List<string> Fields(RawAnswer answer) =>
        [.. answer.Headers.Where(field => !OwnFields.Contains(field.Key)).Select(field => $"{field.Key}: {field.Value}").Order(StringComparer.Ordinal)];

    // The request line, and the fields in whatever order; those that are made anew by their names.
    private static List<string> Lines(string head)
    {
        var lines = head.Split("\r\n");
        return [lines[0], .. lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => Line(pair[0].ToLowerInvariant(), pair.ElementAtOrDefault(1) ?? "")).Order(StringComparer.Ordinal)];
    }

    private static string Line(string name, string value) => OwnFields.Contains(name) ? name : $"{name}: {value}";
}
