using System.Net;
using System.Text;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Transport;

/// <summary>Clients on event loops: what one does is none of the others' business.</summary>
public sealed class LoopTests(ForwardingFixture fixture) : IClassFixture<ForwardingFixture>
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_that_come_all_at_once_on_one_connection_are_answered_in_order()
    {
        using var raw = await RawHttp.ConnectAsync(fixture.Direct);
        fixture.Service.Script = new Script(Hello);
        fixture.Service.TakeHeads();
        var text = new StringBuilder();

        for (var i = 0; i < 500; i++)
        {
            text.Append(Get($"/api/v1/locations?i={i}", i == 499 ? "close" : "keep-alive"));
        }

        await raw.SayAsync(text.ToString());
        var said = await RestAsync(raw);

        Assert.Equal(500, said.Split("\r\n\r\nhello").Length - 1);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"GET /api/v1/locations?i={i} HTTP/1.1"), fixture.Service.TakeHeads().Select(head => head.Split("\r\n")[0]));
    }

    [Fact]
    public async Task A_connection_to_a_service_serves_one_request_after_another()
    {
        fixture.Service.Script = new Script(Hello);
        await using var gateway = await fixture.StartAsync("--Transport:Loops=1");
        await OkAsync(gateway);
        var before = fixture.Service.Connections;

        for (var i = 0; i < 50; i++)
        {
            await OkAsync(gateway);
        }

        Assert.Equal(before, fixture.Service.Connections);
    }

    [Fact]
    public async Task A_service_that_hangs_up_after_each_answer_loses_no_request()
    {
        fixture.Service.Script = new Script(Hello, Closes: true);

        for (var i = 0; i < 100; i++)
        {
            await OkAsync(fixture.Direct);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(43)]
    public async Task What_a_service_says_unasked_is_nobodys_answer(int piece)
    {
        fixture.Service.Script = new Script(Hello + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", Piece: piece);

        for (var i = 0; i < 50; i++)
        {
            await OkAsync(fixture.Direct);
            // What comes while the next is already asked cannot be told from its answer.
            await UntilAsync(() => fixture.Service.HasSaidAll, "the service has said all");
        }
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_all_of_a_large_answer()
    {
        var body = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"{i:d7},"));
        fixture.Service.Script = new Script($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using var raw = await RawHttp.ConnectAsync(fixture.Direct);
        await raw.SayAsync(Get("/api/v1/locations", "close"));
        var (said, buffer) = (new StringBuilder(), new byte[100_000]);

        // In the first seconds less than the buffers on the way hold.
        for (var count = 1; count > 0;)
        {
            count = await raw.Stream.ReadAsync(buffer, Ended);
            said.Append(Encoding.Latin1.GetString(buffer, 0, count));
            await Task.Delay(said.Length < 1_000_000 ? 20 : 0, Ended);
        }

        Assert.Equal(body, said.ToString().Split("\r\n\r\n")[1]);
    }

    [Fact]
    public async Task A_large_body_of_a_client_reaches_the_service_whole()
    {
        await using var service = await Upstream.StartAsync("takes");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={service.Address}", "--ReverseProxy:Clusters:iot-ingest:HealthCheck:Active:Enabled=false");

        var sent = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            using var answer = await gateway.SendAsync("POST", "/api/v1/readings", body: new StringContent(new string('x', 3_000_000 + i), Encoding.UTF8, "application/json"));
            return (await Echo.OfAsync(answer)).BodyLength;
        }));

        Assert.Equal(Enumerable.Range(3_000_000, 16).Select(length => (long)length), sent);
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_question_with_it()
    {
        await using var service = await Upstream.StartAsync("silent");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={service.Address}");

        var raw = await RawHttp.ConnectAsync(gateway);
        await raw.SayAsync(Get("/api/v1/spaces/silent", "keep-alive"));
        await UntilAsync(() => service.Silent == 1, "the service is asked");
        raw.Dispose();
        await UntilAsync(() => service.Silent == 0, "the question is taken back");
    }

    [Theory]
    [InlineData("/api/v1/auth/login")]
    [InlineData("/api/v1/auth/register")]
    public async Task One_who_computes_long_holds_up_nobody_on_the_same_loop(string path)
    {
        fixture.Service.Script = new Script(Hello);
        // A hash of seconds.
        await using var gateway = await fixture.StartAsync("--Transport:Loops=1", "--Accounts:PasswordIterations=10000000");
        await OkAsync(gateway);
        var signIn = gateway.SendAsync("POST", path, key: null, body: new { email = $"{Guid.CreateVersion7():N}@example.com", password = "Long-enough-1", firstName = "A", lastName = "B" });

        await ManyOkAsync(gateway);

        Assert.False(signIn.IsCompleted);
        using var answer = await signIn;
        Assert.Equal(path.EndsWith("login", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task Nor_does_one_whose_body_comes_later_than_its_head()
    {
        fixture.Service.Script = new Script(Hello);
        await using var gateway = await fixture.StartAsync("--Transport:Loops=1", "--Accounts:PasswordIterations=10000000");
        await OkAsync(gateway);
        using var raw = await RawHttp.ConnectAsync(gateway);
        var body = $"{{\"email\":\"{Guid.CreateVersion7():N}@example.com\",\"password\":\"Long-enough-1\",\"firstName\":\"A\",\"lastName\":\"B\"}}";
        await raw.SayAsync($"POST /api/v1/auth/register HTTP/1.1\r\nHost: front\r\nContent-Type: application/json\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n");
        // Said when the handler has begun to read the body.
        await raw.Stream.ReadExactlyAsync(new byte["HTTP/1.1 100 Continue\r\n\r\n".Length], Ended);
        await raw.SayAsync(body);
        var answer = raw.LastAsync();

        await ManyOkAsync(gateway);

        Assert.False(answer.IsCompleted);
        Assert.Equal(201, (await answer).Status);
    }

    [Fact]
    public async Task A_connection_that_closes_within_anothers_turn_disturbs_nobody()
    {
        // Both are answered by the time limit; the second is asked within the turn in which the first is.
        await using var silent = await Upstream.StartAsync("silent");
        await using var gateway = await fixture.StartAsync(
            "--Transport:Loops=1", $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={silent.Address}", "--ReverseProxy:Clusters:reservations:HttpRequest:ActivityTimeout=00:00:01");
        using var raw = await RawHttp.ConnectAsync(gateway);
        await raw.SayAsync(Get("/api/v1/spaces/silent", "keep-alive") + Get("/api/v1/spaces/silent", "keep-alive") + Get("/api/v1/locations", "close"));

        var said = await RestAsync(raw);

        Assert.Equal(2, said.Split("HTTP/1.1 504").Length - 1);
        Assert.Equal(1, said.Split("HTTP/1.1 200").Length - 1);
    }

    [Fact]
    public async Task Clients_that_leave_within_their_answers_are_no_fault_of_the_service()
    {
        var body = new string('x', 20_000_000);
        fixture.Service.Script = new Script($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using var gateway = await fixture.StartAsync("--Transport:Loops=1", "--ReverseProxy:Clusters:reservations:HealthCheck:Passive:Enabled=true", "--ReverseProxy:Clusters:reservations:HealthCheck:AvailableDestinationsPolicy=HealthyAndUnknown");

        for (var i = 0; i < 30; i++)
        {
            using var raw = await RawHttp.ConnectAsync(gateway);
            await raw.SayAsync(Get("/api/v1/locations", "keep-alive"));
            await raw.Stream.ReadExactlyAsync(new byte[100_000], Ended);
        }

        fixture.Service.Script = new Script(Hello);
        await OkAsync(gateway);
    }

    [Fact]
    public async Task Hundreds_come_and_go_and_every_one_is_answered()
    {
        fixture.Service.Script = new Script(Hello);

        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 48, CancellationToken = Ended }, async (i, _) =>
        {
            using var raw = await RawHttp.ConnectAsync(fixture.Direct);

            // Some say half, and some leave before they hear.
            await raw.SayAsync(i % 3 == 0 ? Get("/api/v1/locations", "close")[..20] : Get("/api/v1/locations", "close"));

            if (i % 3 == 1)
            {
                Assert.EndsWith("hello", await RestAsync(raw), StringComparison.Ordinal);
            }
        });

        await OkAsync(fixture.Direct);
    }

    private static string Get(string target, string connection) => $"GET {target} HTTP/1.1\r\nHost: front\r\nx-api-key: {RunningGateway.AdminKey}\r\nConnection: {connection}\r\n\r\n";

    private static async Task<string> RestAsync(RawHttp raw)
    {
        using var reader = new StreamReader(raw.Stream, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync(Ended);
    }

    private static async Task OkAsync(RunningGateway gateway)
    {
        using var answer = await gateway.GetAsync("/api/v1/locations");
        Assert.Equal((HttpStatusCode.OK, "hello"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ended)));
    }

    // Far more than come before a hash has begun, in far less time than it takes.
    private static async Task ManyOkAsync(RunningGateway gateway)
    {
        for (var i = 0; i < 400; i++)
        {
            await OkAsync(gateway);
        }
    }

    private static Task UntilAsync(Func<bool> holds, string what) => Wait.UntilAsync(holds, TimeSpan.FromSeconds(20), what, Ended);
}
