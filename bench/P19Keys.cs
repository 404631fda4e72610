using System.Globalization;

namespace Coworking.Bench;

/// <summary>P19, keys: what a request costs among a hundred times as many keys.</summary>
internal sealed class P19Keys : IDisposable
{
    private const int Few = 1000;
    private const int Connections = 32;
    private const int Limit = 100_000_000;

    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
    private readonly Uri _address;
    private readonly int _process;

    private P19Keys(Uri gateway, int process) => (_address, _process) = (new Uri(gateway, "/api/v1/locations"), process);

    public void Dispose() => _client.Dispose();

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(options.Pick(2, 8, 20));
        await using var gateways = await KeyedGateways.StartAsync(cancellationToken);
        var keys = await gateways.AddKeysAsync(options.Pick(20, 100, 100) * Few, Limit, 1_000_000, "USER", cancellationToken);
        var (address, process) = await gateways.AddAsync([], cancellationToken);
        using var run = new P19Keys(address, process.Id);
        // Every key once: what is compared is keys that are known, not how they become so.
        await run.EachOnceAsync(keys, cancellationToken);
        var plan = new Plan
        {
            Id = "P19-keys",
            Title = "growth: requests by a hundred times as many keys",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                `GET /api/v1/locations` of 1 KB through the gateway over {Connections} connections, {duration.TotalSeconds:0} s a round, with {keys.Length} keys, with a tenth of them and with {Few}; each key was met before. Which key comes next is drawn by a law
                of 1/rank, as a few applications ask much and most ask little. CPU time of the gateway. The ratio is many keys : few keys.
                """),
            Unit = "µs of CPU per request",
            WorkUnit = "request",
            Goal = new Goal(1.1, 1.1, AtLeast: false),
            OursName = string.Create(CultureInfo.InvariantCulture, $"{keys.Length} keys"),
            PeerName = string.Create(CultureInfo.InvariantCulture, $"{Few} keys"),
        };
        return await Growth.RunAsync(
            plan, options, "keys", [Few, keys.Length / 10, keys.Length], (size, round) => run.MeasureAsync(keys[..(int)size], round, duration, cancellationToken), cancellationToken);
    }

    private async Task EachOnceAsync(string[] keys, CancellationToken cancellationToken)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var n && n <= keys.Length)
            {
                await AskAsync(keys[n - 1], cancellationToken);
            }
        }));
    }

    private async Task<Measured> MeasureAsync(string[] keys, int round, TimeSpan duration, CancellationToken cancellationToken)
    {
        var processes = new Dictionary<string, int> { ["gateway"] = _process, ["generator and upstream"] = Environment.ProcessId };
        var (before, started, requests) = (CpuTime.Of(processes), TimeProvider.System.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async connection =>
        {
            var random = new Random((1000 * round) + connection);

            while (TimeProvider.System.GetElapsedTime(started) < duration)
            {
                // The inverse of the sum of 1/rank, which is the logarithm.
                await AskAsync(keys[(int)Math.Min(keys.Length, Math.Pow(keys.Length + 1, random.NextDouble())) - 1], cancellationToken);
                Interlocked.Increment(ref requests);
            }
        }));
        var used = CpuTime.Since(before, CpuTime.Of(processes));
        return Measured.Of(1e6 * used["gateway"] / requests, requests, used);
    }

    private async Task AskAsync(string key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        request.Headers.TryAddWithoutValidation("x-api-key", key);
        using var answer = await _client.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
    }
}
