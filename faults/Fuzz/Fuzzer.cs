using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Coworking.Faults.Api;

namespace Coworking.Faults.Fuzz;

/// <summary>One kind of complaint about one operation: how often, and one request that shows it.</summary>
internal sealed record FuzzFinding(string Operation, string Complaint, FuzzRequest Request, FuzzAnswer Answer)
{
    public int Times { get; set; } = 1;

    public override string ToString() => $"{Operation}: {Complaint} ({Times} times)\n    {Request}\n    {Answer}";
}

/// <summary>Counts of one operation.</summary>
internal sealed record FuzzCount(string Operation, int Sent, int Taken, int Refused, int Busy, int Findings, TimeSpan Took);

/// <summary>Sends what nobody should, to every operation of the document at once, and reads every answer.</summary>
/// <param name="gateway">The gateway.</param>
/// <param name="document">What it says of itself.</param>
/// <param name="key">An ADMIN key whose limits are lifted.</param>
/// <param name="seed">The same seed sends the same requests, as far as they do not carry what others have made.</param>
internal sealed class Fuzzer(Uri gateway, ApiDocument document, string key, int seed) : IDisposable
{
    private const int StreamBytes = 64;

    // Beyond it a request has hung: the gateway gives up on a service after 30 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(5),
    });

    private readonly FuzzJudge _judge = new(document);
    private readonly ConcurrentDictionary<string, FuzzFinding> _findings = new();

    public Ids Ids { get; } = new();

    public IReadOnlyList<FuzzFinding> Findings => [.. _findings.Values.OrderBy(finding => finding.Operation, StringComparer.Ordinal)];

    /// <param name="perOperation">How many requests for each.</param>
    /// <param name="atOnce">How many operations.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<FuzzCount>> RunAsync(int perOperation, int atOnce, CancellationToken cancellationToken)
    {
        var counts = new ConcurrentBag<FuzzCount>();
        // What makes things goes first, so that what reads and changes them finds some; asking everyone to say everything again costs by how much there is.
        var order = document.Operations.OrderBy(operation => operation.Path.EndsWith("/republish", StringComparison.Ordinal) ? 0 : operation.Method == "POST" ? 1 : operation.Method == "DELETE" ? 3 : 2);
        await Parallel.ForEachAsync(
            order, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken }, async (operation, token) => counts.Add(await RunAsync(operation, perOperation, token)));
        return [.. counts.OrderBy(count => count.Operation, StringComparer.Ordinal)];
    }

    private async Task<FuzzCount> RunAsync(ApiOperation operation, int times, CancellationToken cancellationToken)
    {
        var requests = new FuzzRequests(document, operation, Ids, key, new Random(Seed(operation)));
        var (taken, refused, busy, findings, started) = (0, 0, 0, 0, TimeProvider.System.GetTimestamp());

        for (var time = 0; time < times; time++)
        {
            var request = requests.Next();
            var answer = await SendAsync(request, cancellationToken);

            if (answer.IsBusy)
            {
                busy++;
            }
            else if (answer.Status < 400)
            {
                taken++;
            }
            else
            {
                refused++;
            }

            if (answer.Status == 201)
            {
                Remember(operation, answer);
            }

            // A path that was spoilt may lead elsewhere, or nowhere: only the shape of its errors is judged then.
            if ((request.Kind == "path" ? FuzzJudge.Broken(answer) : _judge.Complaint(operation, answer)) is { } complaint)
            {
                findings++;
                _findings.AddOrUpdate($"{operation.Name} {complaint}", new FuzzFinding(operation.Name, complaint, request, answer), (_, known) => known with { Times = known.Times + 1 });
            }
        }

        return new FuzzCount(operation.Name, times, taken, refused, busy, findings, TimeProvider.System.GetElapsedTime(started));
    }

    private async Task<FuzzAnswer> SendAsync(FuzzRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);

        try
        {
            using var message = request.ToMessage(gateway);
            using var response = await _http.SendAsync(message, limit.Token);
            var mediaType = response.Content.Headers.ContentType?.MediaType;
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            var body = mediaType == "text/event-stream" ? await BeginningAsync(stream, limit.Token) : await AllAsync(stream, limit.Token);
            return new FuzzAnswer((int)response.StatusCode, mediaType, body, response.Headers.RetryAfter is not null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // No answer at all is the worst of answers.
            return new FuzzAnswer(599, null, Encoding.UTF8.GetBytes(e.Message), false);
        }
    }

    private static async Task<byte[]> AllAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await stream.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    // It never ends by itself.
    private static async Task<byte[]> BeginningAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[StreamBytes];
        return buffer[..await stream.ReadAsync(buffer, cancellationToken)];
    }

    private void Remember(ApiOperation operation, FuzzAnswer answer)
    {
        try
        {
            using var made = JsonDocument.Parse(answer.Body);
            Ids.Remember(operation.Path, made.RootElement);
        }
        catch (JsonException)
        {
            // The judge says so.
        }
    }

    // Not the string's hash: that is another in every process.
    private int Seed(ApiOperation operation) => operation.Name.Aggregate(seed, (hash, letter) => unchecked((hash * 31) + letter));

    public void Dispose() => _http.Dispose();
}
