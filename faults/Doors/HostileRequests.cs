using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Coworking.Bench;
using Coworking.Faults.Api;
using Coworking.Faults.Bookings;

namespace Coworking.Faults.Doors;

/// <summary>S3: what nobody should send, to every operation: without a key or with a bad one, too large, with numbers and headers beyond sense, from foreign pages.</summary>
internal sealed class HostileRequests : IDisposable
{
    private const string Stranger = "https://elsewhere.example";
    private const int AtOnce = 8;

    private static readonly string[] Insides = ["   at ", "Exception", ".cs:line", "Npgsql", "Microsoft.", "stackTrace"];

    private readonly HttpClient _http;
    private readonly string _key;
    private readonly ConcurrentDictionary<string, (long Asked, long Held)> _kinds = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private long _insides;

    private HostileRequests(Uri gateway, string key) =>
        (_http, _key) = (new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(60) }, key);

    public void Dispose() => _http.Dispose();

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var run = new FaultRun("S3", "what nobody should send, to every operation", options);
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { Demo = true, ExtraEnvironment = BookingSide.WideOpen });
        using var self = new HostileRequests(stage.Platform.Gateway, "admin-secret-key-123");
        var document = await ApiDocument.ReadAsync(self._http, cancellationToken);
        run.Say($"{document.Operations.Count} operations");
        await Parallel.ForEachAsync(document.Operations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, (operation, token) => new ValueTask(self.TryAsync(operation, token)));

        foreach (var wrong in self._wrong.Take(20))
        {
            Console.WriteLine(wrong);
        }

        var checks = self._kinds.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => new Check(kind.Key, kind.Value.Asked, kind.Value.Held, kind.Value.Asked - kind.Value.Held, 0)).ToList();
        checks.Add(new Check("answers that show the insides: a stack trace, an exception, a type", 0, self._insides, self._insides, 0));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            Each of the {document.Operations.Count} operations of `/openapi/v1.json` through the gateway, {checks.Sum(check => check.Expected):#,0} requests. Held is an answer of 4xx (where it says so, just that one), in words of ours; for foreign pages, that no answer
            grants them anything. A page of a thousand million may also be an empty one. Public operations have no key to miss; they may answer as they do to anybody, but no 5xx.{string.Concat(self._wrong.Take(5).Select(wrong => $"\n\n```\n{wrong}\n```"))}
            """);
        return await run.ConcludeAsync(new Verdict(checks), what, fault => fault.First, null, cancellationToken);
    }

    private async Task TryAsync(ApiOperation operation, CancellationToken cancellationToken)
    {
        var isPublic = operation.Roles.Contains("public") || !operation.Path.StartsWith("/api/", StringComparison.Ordinal);
        await AskAsync("no key: 401", operation, key: null, status => status == 401 || (isPublic && status < 500), cancellationToken);
        await AskAsync("a key that nobody has: 401", operation, "no-such-key-0123456789", status => status == 401 || (isPublic && status < 500), cancellationToken);
        await AskAsync("a key of 20,000 letters", operation, new string('k', 20_000), IsRefused(isPublic), cancellationToken);
        await AskAsync("a header of 40,000 letters", operation, _key, IsRefused(isPublic: false), cancellationToken, change: request => request.Headers.TryAddWithoutValidation("x-long", new string('x', 40_000)));
        await AskAsync("500 headers", operation, _key, IsRefused(isPublic: false), cancellationToken, change: request =>
        {
            for (var i = 0; i < 500; i++)
            {
                request.Headers.TryAddWithoutValidation(string.Create(CultureInfo.InvariantCulture, $"x-bomb-{i}"), "1");
            }
        });
        await AskAsync("an address of 10,000 letters", operation, _key, IsRefused(isPublic: false), cancellationToken, query: "?x=" + new string('x', 10_000));

        foreach (var parameter in operation.Parameters.Where(parameter => parameter is { In: "query", Name: "page" or "pageSize" or "limit" }))
        {
            foreach (var value in new[] { "1e9", "-1", "0x10", "NaN", "99999999999999999999" })
            {
                await AskAsync($"{parameter.Name} that is no number of ours", operation, _key, IsRefused(isPublic: false), cancellationToken, $"?{parameter.Name}={value}");
            }

            var most = parameter.Name == "page" ? (Func<int, bool>)(status => status is 200 or (>= 400 and < 500)) : IsRefused(isPublic: false);
            await AskAsync($"{parameter.Name}=1000000000", operation, _key, most, cancellationToken, $"?{parameter.Name}=1000000000");
        }

        if (operation.Bodies.Count > 0)
        {
            // Who may not enter is told so before his body is read.
            await AskAsync("a body of 3 MiB: 413, or 401 and 403 before it", operation, _key, status => status is 413 or 401 or 403, cancellationToken, change: Huge);
        }

        await PreflightAsync(operation, cancellationToken);
        await AskAsync("a foreign page: nothing granted", operation, "no-such-key-0123456789", status => status < 500, cancellationToken, change: request => request.Headers.Add("Origin", Stranger), isForeign: true);
    }

    private static Func<int, bool> IsRefused(bool isPublic) => status => status is >= 400 and < 500 || (isPublic && status < 500);

    private static void Huge(HttpRequestMessage request)
    {
        // White space: JSON that has not begun yet, so that only its length can be at fault.
        request.Content = new ByteArrayContent([.. Enumerable.Repeat((byte)' ', 3 << 20)]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        request.Headers.ExpectContinue = true;
    }

    private Task PreflightAsync(ApiOperation operation, CancellationToken cancellationToken) => AskAsync(
        "a foreign page's preflight: nothing granted",
        operation with { Method = "OPTIONS", Bodies = new Dictionary<string, ApiContent>() },
        key: null,
        status => status < 500,
        cancellationToken,
        change: request =>
        {
            request.Headers.Add("Origin", Stranger);
            request.Headers.Add("Access-Control-Request-Method", operation.Method);
            request.Headers.Add("Access-Control-Request-Headers", "x-api-key");
        },
        isForeign: true);

    private async Task AskAsync(
        string kind, ApiOperation operation, string? key, Func<int, bool> holds, CancellationToken cancellationToken, string query = "", Action<HttpRequestMessage>? change = null, bool isForeign = false)
    {
        var path = operation.Parameters.Where(parameter => parameter.In == "path")
            .Aggregate(operation.Path, (path, parameter) => path.Replace($"{{{parameter.Name}}}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal));
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), new Uri(path + query, UriKind.Relative));
        request.Content = operation.Bodies.Count > 0 ? new StringContent("{}", Encoding.UTF8, operation.Bodies.Keys.First()) : null;

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("x-api-key", key);
        }

        change?.Invoke(request);
        var (status, text, grants) = await SendAsync(request, cancellationToken);
        // Telegram is not set up here, and says so to everybody.
        var held = (holds(status) || text.Contains("telegram.not_configured", StringComparison.Ordinal)) && !(isForeign && grants);
        _kinds.AddOrUpdate(kind, (1, held ? 1 : 0), (_, sum) => (sum.Asked + 1, sum.Held + (held ? 1 : 0)));

        if (!held)
        {
            _wrong.Enqueue($"{kind}: {operation.Name}: {status} {(text.Length > 200 ? text[..200] : text)}");
        }

        // What a good answer of 2xx says is its own matter: the document itself speaks of exceptions to office hours.
        if (status >= 400 && Insides.FirstOrDefault(inside => text.Contains(inside, StringComparison.Ordinal)) is { } shown)
        {
            Interlocked.Increment(ref _insides);
            _wrong.Enqueue($"{kind}: {operation.Name} shows '{shown}': {text}");
        }
    }

    private async Task<(int Status, string Text, bool Grants)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            // The stream begins and does not end.
            var text = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(cancellationToken);
            return ((int)answer.StatusCode, text, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
        catch (HttpRequestException e)
        {
            return (0, e.ToString(), false);
        }
    }
}
