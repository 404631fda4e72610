using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>R14: a service behind the gateway hangs, or is dead, or people read slowly; the routes of the other service do not notice.</summary>
internal static class BehindTheDoor
{
    private const string Key = "admin-secret-key-123";

    // Who reads slowly fills up what he himself may have open at a service, and nobody else's.
    private const string KeyOfSlowReaders = "user-secret-key-456";
    private const string Other = "/api/v1/locations";
    private const string Sick = "/api/v1/devices";

    // A page of 200 KB: more than sockets on the way take by themselves.
    private const string Long = "/api/v1/spaces?pageSize=100";

    private const string StatusLine = "HTTP/1.1 200";

    // What R14 allows the other routes.
    private const double MostRatio = 1.2;

    // Beside nothing, a p99 of two milliseconds is a third more at the next look: what nobody can notice is not held against the gateway.
    private static readonly TimeSpan Unnoticed = TimeSpan.FromMilliseconds(5);

    // Whoever comes all at once takes the processors from all others for that moment, which says nothing of waiting.
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(3);

    // A service that has just started compiles and reads for this long, and takes a processor for it: that is no slow reader's doing.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var rounds = Math.Min(options.Repeat ?? (options.Small ? 1 : 3), 3);
        var (rate, seconds, hanging, readers) = options.Small ? (300, 4, 300, 50) : (2000, 10, 2000, 500);
        var run = new FaultRun("R14", "a dead or slow service behind the gateway, and slow readers", options);
        var checks = new List<Check>();
        await using var stage = await Stage.StartAsync(cancellationToken, platform => platform with
        {
            Demo = true,
            // What is asked here is the isolation of services, not the limits of a key.
            ExtraEnvironment = new Dictionary<string, string?> { ["Limits__AdminKeyPerMinute"] = "10000000", ["Limits__UserKeyPerMinute"] = "10000000", ["Limits__AddressPerMinute"] = "10000000" },
        });
        await stage.ExecuteAsync("""
            insert into reservations.spaces (id, location_id, name, description, capacity, created_at, updated_at)
            select gen_random_uuid(), (select id from reservations.locations limit 1), 'Long ' || n, repeat('A room with a view. ', 100), 4, now(), now() from generate_series(1, 100) n
            """, cancellationToken);
        using var load = new SteadyLoad(new Uri(stage.Platform.Gateway, Other), Key, rate);
        await load.RunAsync(TimeSpan.FromSeconds(seconds) + Settled, cancellationToken);
        var (well, hung, gone, slow) = (new List<Latencies>(), new List<Latencies>(), new List<Latencies>(), new List<Latencies>());
        var (unexpectedOfHung, unexpectedOfGone, unreadOfSlow) = (0L, 0L, 0L);

        for (var round = 1; round <= rounds; round++)
        {
            well.Add(Said(run, round, "all well", await load.RunAsync(TimeSpan.FromSeconds(seconds), cancellationToken)));
            var (during, unexpected) = await SlowServiceAsync(stage, load, hanging, seconds, cancellationToken);
            hung.Add(Said(run, round, "a service that hangs", during));
            unexpectedOfHung += unexpected;
            (during, unexpected) = await DeadServiceAsync(stage, load, seconds, cancellationToken);
            gone.Add(Said(run, round, "a service that is dead", during));
            unexpectedOfGone += unexpected;
            (during, unexpected) = await SlowReadersAsync(stage, load, readers, seconds, cancellationToken);
            slow.Add(Said(run, round, $"{readers} slow readers", during));
            unreadOfSlow += unexpected;
        }

        checks.AddRange(Judge($"a service that hangs, {hanging:#,0} requests on it", well, hung));
        checks.Add(new Check("answers of the hanging service that are neither 200, 429 (the place of one key is full), 503 nor 504", 0, unexpectedOfHung, unexpectedOfHung, 0));
        checks.AddRange(Judge("a service that is dead", well, gone));
        checks.Add(new Check("answers of the dead service that are not 503 with Retry-After", 0, unexpectedOfGone, unexpectedOfGone, 0));
        checks.AddRange(Judge($"{readers} slow readers", well, slow));
        checks.Add(new Check("slow readers that got neither their page's beginning nor a 429", 0, unreadOfSlow, unreadOfSlow, 0));

        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {rate:#,0} requests a second on {Other} (reservations) all the time, open loop: what is late counts from when it should have been asked. Meanwhile iot-ingest is stopped (SIGSTOP) under
            {hanging:#,0} requests at once, killed under 100 requests a second, and {readers} connections ask for a page of 200 KB and read a kilobyte a second. All of them come within {Arrival.TotalSeconds:0} s,
            then it is measured. p99 in microseconds, the median of {rounds} rounds, beside the most that is allowed: {MostRatio} times that of the rounds when all was well (or {Unnoticed.TotalMilliseconds:0} ms more, where that is more).
            """);
        return await run.ConcludeAsync(new Verdict(checks), what, fault => fault.First, null, cancellationToken);
    }

    private static Latencies Said(FaultRun run, int round, string what, Latencies seen)
    {
        run.Say($"round {round}, {what}: {seen}");
        return seen;
    }

    private static IEnumerable<Check> Judge(string what, List<Latencies> well, List<Latencies> during)
    {
        var (before, after) = (P99(well), P99(during));
        var most = Math.Max(before.TotalMicroseconds * MostRatio, (before + Unnoticed).TotalMicroseconds);
        var (asked, good) = (during.Sum(one => one.Asked), during.Sum(one => one.Good));
        yield return new Check(what + ": p99 of the other routes, µs", (long)most, (long)after.TotalMicroseconds, after.TotalMicroseconds > most ? 1 : 0, 0);
        yield return new Check(what + ": good answers of the other routes", asked, good, asked - good, 0);
    }

    private static TimeSpan P99(List<Latencies> rounds) => rounds.Select(one => one.P99).Order().ElementAt(rounds.Count / 2);

    /// <summary>Begins so many, evenly over <see cref="Arrival"/>.</summary>
    private static async Task<List<T>> BeginAsync<T>(int count, Func<T> begin, CancellationToken cancellationToken)
    {
        var (begun, started) = (new List<T>(count), Stopwatch.GetTimestamp());

        while (begun.Count < count)
        {
            begun.Add(begin());
            var early = (Arrival * begun.Count / count) - Stopwatch.GetElapsedTime(started);

            if (early > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early, cancellationToken);
            }
        }

        return begun;
    }

    private static async Task<(Latencies Load, long Unexpected)> SlowServiceAsync(Stage stage, SteadyLoad load, int hanging, int seconds, CancellationToken cancellationToken)
    {
        using var client = Client(stage.Platform.Gateway, hanging);
        stage.Platform.IotIngestProcess.Pause();

        try
        {
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var asked = await BeginAsync(hanging, () => StatusAsync(client, leave.Token), cancellationToken);
            var during = await load.RunAsync(TimeSpan.FromSeconds(seconds), cancellationToken);
            await leave.CancelAsync();
            var statuses = await Task.WhenAll(asked);
            return (during, statuses.Count(status => status is not (null or 200 or 429 or 503 or 504)));
        }
        finally
        {
            stage.Platform.IotIngestProcess.Resume();
        }
    }

    private static async Task<(Latencies Load, long Unexpected)> DeadServiceAsync(Stage stage, SteadyLoad load, int seconds, CancellationToken cancellationToken)
    {
        using var client = Client(stage.Platform.Gateway, 16);
        stage.Platform.IotIngestProcess.Kill();
        await stage.Platform.IotIngestProcess.WaitForExitAsync(cancellationToken);
        var running = load.RunAsync(TimeSpan.FromSeconds(seconds), cancellationToken);
        var unexpected = 0L;

        while (!running.IsCompleted)
        {
            unexpected += await StatusAsync(client, cancellationToken) == 503 ? 0 : 1;
            await Task.Delay(10, cancellationToken);
        }

        var during = await running;
        await stage.Platform.RestartAsync(PlatformService.IotIngest, cancellationToken);
        await Task.Delay(Settled, cancellationToken);
        return (during, unexpected);
    }

    private static async Task<(Latencies Load, long Unread)> SlowReadersAsync(Stage stage, SteadyLoad load, int readers, int seconds, CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = await BeginAsync(readers, () => ReadSlowlyAsync(stage.Platform.Gateway, leave.Token), cancellationToken);
        var during = await load.RunAsync(TimeSpan.FromSeconds(seconds), cancellationToken);
        await leave.CancelAsync();
        return (during, (await Task.WhenAll(reading)).Count(status => status is not (200 or 429)));
    }

    /// <returns>The status of the answer, once a kilobyte of it was read or it ended; 0 where there was none.</returns>
    private static async Task<int> ReadSlowlyAsync(Uri gateway, CancellationToken leave)
    {
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        var question = Encoding.ASCII.GetBytes($"GET {Long} HTTP/1.1\r\nHost: {gateway.Authority}\r\nx-api-key: {KeyOfSlowReaders}\r\n\r\n");
        var buffer = new byte[1024];
        var status = 0;

        try
        {
            await client.ConnectAsync(gateway.Host, gateway.Port, leave);
            await client.GetStream().WriteAsync(question, leave);

            while (true)
            {
                // The status line comes whole; a refusal is shorter than what is read at once, and nothing follows it.
                _ = await client.GetStream().ReadAtLeastAsync(buffer, status == 0 ? StatusLine.Length : buffer.Length, throwOnEndOfStream: true, leave);
                status = status == 0 ? int.Parse(Encoding.ASCII.GetString(buffer, "HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture) : status;
                await Task.Delay(TimeSpan.FromSeconds(1), leave);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // Told to leave, or cut off for reading so slowly: both are meant.
        }

        return status;
    }

    private static HttpClient Client(Uri gateway, int connections)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(40) };
        client.DefaultRequestHeaders.Add("x-api-key", Key);
        return client;
    }

    /// <returns>Null for one that was left.</returns>
    private static async Task<int?> StatusAsync(HttpClient client, CancellationToken leave)
    {
        try
        {
            using var answer = await client.GetAsync(Sick, leave);
            var status = (int)answer.StatusCode;
            return status == 503 && answer.Headers.RetryAfter is null ? 0 : status;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
