using System.Diagnostics;
using System.Globalization;
using System.Net;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>R15: what limits let through, how long a revoked key lives, and a million keys that nobody has.</summary>
internal sealed class LimiterExactness : IDisposable
{
    private const double MostSeconds = 2;
    private const double Tolerance = 0.02;
    private const long MostMiB = 64;

    private static readonly (int PerMinute, int Burst)[] Rates = [(60, 10), (600, 100), (6000, 1000), (60_000, 2000)];

    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
    private readonly KeyedGateways _gateways;
    private readonly FaultRun _run;
    private readonly Uri _first;
    private readonly Uri _second;

    private LimiterExactness(KeyedGateways gateways, FaultRun run, Uri first, Uri second) => (_gateways, _run, _first, _second) = (gateways, run, first, second);

    public void Dispose() => _client.Dispose();

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (seconds, revoked, invented) = options.Small ? (6, 3, 20_000) : (60, options.Repeat ?? 20, 1_000_000);
        var run = new FaultRun("R15", "limits, revoked keys and a million invented ones", options);
        await using var gateways = await KeyedGateways.StartAsync(cancellationToken);
        // Believed in what it says of addresses, and with no limit on them: the worst case, in which the database is asked for every invented key.
        var (first, process) = await gateways.AddAsync(["--Proxies:Known:0=127.0.0.0/8", "--Limits:AddressPerMinute=100000000"], cancellationToken);
        var (second, _) = await gateways.AddAsync([], cancellationToken);
        using var self = new LimiterExactness(gateways, run, first, second);
        var checks = new List<Check>();

        run.Say($"{Rates.Length} rates for {seconds} s");
        checks.AddRange(await Task.WhenAll(Rates.Select(rate => self.LimitAsync(rate.PerMinute, rate.Burst, TimeSpan.FromSeconds(seconds), cancellationToken))));
        var worst = 0.0;

        for (var i = 1; i <= revoked; i++)
        {
            worst = Math.Max(worst, await self.RevokeAsync(i, cancellationToken));
        }

        checks.AddRange(await self.InventAsync(process.Id, invented, options.Seed, cancellationToken));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            Limits: a key of each rate is used for {seconds} s by 4 clients that never wait longer than 10 ms; let through must be burst + rate × time within 2 % (expected: that sum). Revoked: {revoked} keys, in use at two
            gateways, are revoked at one; every third time the database ends the listening connections in the same moment. `first` is until that gateway refuses the key, `every` until both do.
            Invented: {invented} keys, each from an address of its own, some in the form of ours with the id of a key that exists; every one is looked up in the database. Memory is the gateway's resident set.
            """);
        return await run.ConcludeAsync(new Verdict(checks), what, fault => fault.All, MostSeconds, cancellationToken) && worst <= MostSeconds;
    }

    private async Task<Check> LimitAsync(int perMinute, int burst, TimeSpan duration, CancellationToken cancellationToken)
    {
        var key = (await _gateways.AddKeysAsync(1, perMinute, burst, "USER", cancellationToken))[0];
        var (started, taken) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                switch (await StatusAsync(_second, key, cancellationToken))
                {
                    case HttpStatusCode.OK:
                        Interlocked.Increment(ref taken);
                        break;
                    case HttpStatusCode.TooManyRequests:
                        await Task.Delay(10, cancellationToken);
                        break;
                    case var other:
                        throw new InvalidOperationException($"A key within its limit was answered {(int)other}");
                }
            }
        }));
        var expected = burst + (perMinute * Stopwatch.GetElapsedTime(started).TotalMinutes);
        // One more or less is what a whole number can say of a fraction.
        var off = (long)Math.Max(0, Math.Abs(taken - expected) - Math.Max(1, Tolerance * expected));
        return new Check($"requests let through, {perMinute} a minute, burst {burst}", (long)expected, taken, taken < expected ? off : 0, taken > expected ? off : 0);
    }

    private async Task<double> RevokeAsync(int number, CancellationToken cancellationToken)
    {
        var key = (await _gateways.AddKeysAsync(1, 1_000_000, 100_000, "USER", cancellationToken))[0];

        foreach (var gateway in new[] { _first, _second })
        {
            await Wait.UntilAsync(async () => await StatusAsync(gateway, key, cancellationToken) == HttpStatusCode.OK, TimeSpan.FromSeconds(10), "the key is in use", cancellationToken);
        }

        var cut = number % 3 == 0 ? "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%';" : "";
        await using var command = _gateways.Database.CreateCommand($"{cut} update gateway.api_keys set revoked_at = now() where key_hash = sha256('{key}'::bytea)");
        await command.ExecuteNonQueryAsync(cancellationToken);
        var (at, began) = (_run.Seconds, Stopwatch.GetTimestamp());
        await RefusedAsync(_first, key, cancellationToken);
        var first = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await RefusedAsync(_second, key, cancellationToken);
        var every = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _run.Add(new Fault($"key revoked{(cut.Length > 0 ? ", connection cut" : "")} ({number})", at, null, first, every));
        return every;
    }

    private Task RefusedAsync(Uri gateway, string key, CancellationToken cancellationToken) =>
        Wait.UntilAsync(async () => await StatusAsync(gateway, key, cancellationToken) == HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(30), "the key is refused", cancellationToken);

    private async Task<List<Check>> InventAsync(int process, int count, int seed, CancellationToken cancellationToken)
    {
        await using var command = _gateways.Database.CreateCommand("select id::text from gateway.api_keys limit 1");
        var id = ((string)(await command.ExecuteScalarAsync(cancellationToken))!).Replace("-", "", StringComparison.Ordinal);
        // A tenth of them first: what the process needs for any load at all is not what is measured.
        var (accepted, other) = await FloodAsync(count / 10, id, seed, cancellationToken);
        var before = ResidentMiB(process);
        var (more, moreOther) = await FloodAsync(count, id, seed + 1, cancellationToken);
        var grown = ResidentMiB(process) - before;
        _run.Say(string.Create(CultureInfo.InvariantCulture, $"{count} invented keys: {accepted + more} accepted, memory {before} MiB before, {before + grown} MiB after"));
        return
        [
            new Check("invented keys accepted", 0, accepted + more, 0, accepted + more),
            new Check("invented keys answered neither 401 nor 429", 0, other + moreOther, other + moreOther, 0),
            new Check($"MiB of memory more after {count} invented keys, at most", MostMiB, grown, Math.Max(0, grown - MostMiB), 0),
        ];
    }

    private async Task<(long Accepted, long Other)> FloodAsync(int count, string id, int seed, CancellationToken cancellationToken)
    {
        var (next, accepted, other) = (0, 0L, 0L);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(async connection =>
        {
            var random = new Random((1000 * seed) + connection);

            while (Interlocked.Increment(ref next) <= count)
            {
                var secret = Convert.ToHexString(BitConverter.GetBytes(random.NextInt64()));
                var key = random.Next(2) == 0 ? $"invented-{secret}" : $"cw_{id}_{secret}{secret}{secret}"[..79];
                var status = await StatusAsync(_first, key, cancellationToken, new IPAddress(random.NextInt64(1L << 32)));
                Interlocked.Add(ref accepted, (int)status < 400 ? 1 : 0);
                Interlocked.Add(ref other, status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests ? 0 : 1);
            }
        }));
        return (accepted, other);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri gateway, string key, CancellationToken cancellationToken, IPAddress? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/api/v1/locations"));
        request.Headers.TryAddWithoutValidation("x-api-key", key);

        if (address is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", address.ToString());
        }

        using var answer = await _client.SendAsync(request, cancellationToken);
        return answer.StatusCode;
    }

    private static long ResidentMiB(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
