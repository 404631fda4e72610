using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Coworking.Bench;
using Coworking.Faults.Bookings;
using Coworking.Local;

namespace Coworking.Faults.Streams;

/// <summary>R17: a thousand streams over two replicas, cut again and again; readers of a kilobyte a second beside them.</summary>
internal sealed class StreamCuts : IDisposable
{
    private const string Key = "admin-secret-key-123";
    private const int Spaces = 100;
    private const int SlowReaders = 20;

    // What queues of the slow, and sockets of the others, may add to all three processes together; unbounded, the slow alone would come to more.
    private const long MostMiB = 96;

    // Of the gateway alone, with a thousand streams on which nothing happens.
    private const double MostIdleMiB = 200;

    // A ping of each stream has passed by then.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    // Later than this nobody would call it live.
    private static readonly TimeSpan MostLate = TimeSpan.FromSeconds(2);

    private readonly Stage _stage;
    private readonly IReadOnlyList<BenchSpace> _spaces;
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, ConnectTimeout = TimeSpan.FromSeconds(20) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<EventReader> _readers = [];
    private readonly List<long> _said = [];

    private StreamCuts(Stage stage, IReadOnlyList<BenchSpace> spaces) => (_stage, _spaces) = (stage, spaces);

    public void Dispose() => _http.Dispose();

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (clients, cuts) = options.Small ? (100, 5) : (1000, options.Repeat ?? 50);
        var (random, run, port) = (new Random(options.Seed), new FaultRun("R17", "streams that are cut, and readers that are slow", options), Ports.Free());
        var settings = new Dictionary<string, string?>(BookingSide.WideOpen)
        {
            ["ReverseProxy__Clusters__iot-ingest__Destinations__d2__Address"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"),
        };
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { Demo = true, ExtraEnvironment = settings });
        var second = await stage.Platform.StartReplicaAsync(PlatformService.IotIngest, port, cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, Spaces, cancellationToken);
        using var self = new StreamCuts(stage, spaces);

        try
        {
            run.Say($"{clients} clients, {cuts} cuts, seed {options.Seed}");
            var empty = Memory.ResidentMiB(stage.Platform.GatewayProcess.Id);
            await self.OpenAsync(clients, cancellationToken);
            await Task.Delay(Idle, cancellationToken);
            var idle = Memory.ResidentMiB(stage.Platform.GatewayProcess.Id);
            run.Say($"the gateway has {idle:0} MiB with {clients} idle streams, {empty:0} before");
            var workload = new Workload(spaces, TimeProvider.System.GetUtcNow().AddHours(-2), TimeSpan.FromSeconds(1));
            await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, workload, 2 * Spaces, cancellationToken);
            // Before and after the slow ones come, for as many cuts each.
            var calm = await self.CutAsync(run, cuts / 2, random, cancellationToken);
            var before = self.ResidentMiB(second);
            var slow = Enumerable.Range(0, SlowReaders).Select(_ => new SlowReader(self.Stream(""))).ToList();
            var beside = await self.CutAsync(run, cuts - (cuts / 2), random, cancellationToken);
            var grown = (long)(self.ResidentMiB(second) - before);
            var read = slow.Sum(reader => reader.Bytes);
            await Task.WhenAll(slow.Select(reader => reader.DisposeAsync().AsTask()));
            await fleet.StopAsync();
            var checks = await self.ChecksAsync(cancellationToken);
            checks.Add(Check.AtMost($"MiB resident of the gateway, {clients} streams open and idle for half a minute", MostIdleMiB, idle));
            checks.Add(Late("before the slow ones came", calm));
            checks.Add(Late("beside the slow ones", beside));
            checks.Add(new Check($"MiB of memory more with {SlowReaders} slow readers, gateway and both replicas, at most", MostMiB, grown, Math.Max(0, grown - MostMiB), 0));
            var what = string.Create(CultureInfo.InvariantCulture, $"""
                {clients:#,0} clients follow alerts and twin updates through the gateway, over two replicas of iot-ingest; wishes are changed one after the other ({self._said.Count} in all). {cuts} times a tenth of the clients, by chance, are
                cut wherever they stand and come back with Last-Event-ID, to either replica: {self._readers.Sum(reader => reader.Connections):#,0} connections, {self._readers.Sum(reader => reader.Refusals)} answers that were not the stream.
                Before, while nothing happened, the gateway had {idle:0} MiB resident, and {empty:0} without streams. Each must have every event of the log once and in order. In the second half {SlowReaders} readers of a kilobyte a second ask for everything, while devices send {2 * Spaces} samples/s: they read {read / 1024} KiB in all.
                Lateness is from a change's answer to a client's having it, over the clients that were connected; `first` and `every` are from a cut until the first and all of the cut are back.
                """);
            return await run.ConcludeAsync(new Verdict(checks), what, fault => fault.All, null, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(self._readers.Select(reader => reader.DisposeAsync().AsTask()));
        }
    }

    private async Task OpenAsync(int clients, CancellationToken cancellationToken)
    {
        var newest = await _stage.CountAsync("select coalesce(max(id), 0) from iot.live_events", cancellationToken);

        foreach (var batch in Enumerable.Range(0, clients).Chunk(100))
        {
            _readers.AddRange(batch.Select(_ => new EventReader(_http, Stream("&events=alert,twin_update"), newest)));
            await Wait.UntilAsync(() => Task.FromResult(_readers.TrueForAll(reader => reader.Connections > 0)), TimeSpan.FromSeconds(60), "every stream is open", cancellationToken);
        }
    }

    /// <summary>Cuts, while wishes change all the time.</summary>
    /// <returns>How late events were with those who were connected, in seconds.</returns>
    private async Task<List<double>> CutAsync(FaultRun run, int cuts, Random random, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (from, wishing) = (_said.Count, WishAsync(enough.Token, cancellationToken));
        var wasCut = new HashSet<EventReader>();

        for (var cut = 1; cut <= cuts; cut++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.2 + (0.6 * random.NextDouble())), cancellationToken);
            var victims = _readers.OrderBy(_ => random.Next()).Take(_readers.Count / 10).ToDictionary(reader => reader, reader => reader.Connections);
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            wasCut.UnionWith(victims.Keys);

            foreach (var reader in victims.Keys)
            {
                reader.Cut();
            }

            await Wait.UntilAsync(() => Task.FromResult(victims.Any(victim => victim.Key.Connections > victim.Value)), TimeSpan.FromSeconds(30), "one is back", cancellationToken);
            var first = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await Wait.UntilAsync(() => Task.FromResult(victims.All(victim => victim.Key.Connections > victim.Value)), TimeSpan.FromSeconds(60), "all are back", cancellationToken);
            run.Add(new Fault($"cut {cut}", at, null, first, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        await enough.CancelAsync();
        await wishing;
        await AllSeenAsync(cancellationToken);
        return Lateness(from, wasCut);
    }

    private async Task WishAsync(CancellationToken enough, CancellationToken cancellationToken)
    {
        while (!enough.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, new Uri(_stage.Platform.Gateway, $"/api/v1/iot/spaces/{_spaces[_said.Count % Spaces].Id}/desired"))
            {
                Content = JsonContent.Create(new { samplingIntervalSec = 10 + (_said.Count / Spaces % 50) }),
            };
            request.Headers.Add("x-api-key", Key);
            using var answer = await _http.SendAsync(request, cancellationToken);
            answer.EnsureSuccessStatusCode();
            _said.Add(Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromMilliseconds(150), cancellationToken);
        }
    }

    private async Task AllSeenAsync(CancellationToken cancellationToken)
    {
        var newest = await _stage.CountAsync("select coalesce(max(id), 0) from iot.live_events where name in ('alert', 'twin_update')", cancellationToken);

        try
        {
            await Wait.UntilAsync(() => Task.FromResult(_readers.TrueForAll(reader => reader.LastId >= newest)), TimeSpan.FromSeconds(30), "every client has the newest event", cancellationToken);
        }
        catch (TimeoutException e)
        {
            // Who has gaps is counted below.
            Console.WriteLine(e.Message);
        }
    }

    /// <summary>Of those who were not cut: when each had the last of this half's events after it was answered.</summary>
    private List<double> Lateness(int from, HashSet<EventReader> wasCut) =>
    [
        .. _readers.Where(reader => !wasCut.Contains(reader)).SelectMany(reader => _said.Skip(from).Zip(reader.Seen.Skip(from), (said, seen) => Math.Max(0, Stopwatch.GetElapsedTime(said, seen.Seen).TotalSeconds))),
    ];

    private static Check Late(string when, List<double> seconds)
    {
        var p99 = seconds.Count == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(seconds.Order().ElementAt((int)(0.99 * (seconds.Count - 1))));
        return new Check($"events late with the uncut, {when}: p99 in ms, at most", (long)MostLate.TotalMilliseconds, (long)p99.TotalMilliseconds, p99 > MostLate ? 1 : 0, 0);
    }

    private async Task<List<Check>> ChecksAsync(CancellationToken cancellationToken)
    {
        var written = new List<long>();
        await using (var command = _stage.Database.CreateCommand("select id from iot.live_events where name in ('alert', 'twin_update') and id > $1 order by id"))
        {
            command.Parameters.Add(new() { Value = _readers.SelectMany(reader => reader.Seen).Select(seen => seen.Id).Where(id => id > 0).DefaultIfEmpty(1).Min() - 1 });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);

            while (await reader.ReadAsync(cancellationToken))
            {
                written.Add(reader.GetInt64(0));
            }
        }

        var (gaps, copies, disorder, seen) = (0L, 0L, 0L, 0L);

        foreach (var ids in _readers.Select(reader => reader.Seen.Select(one => one.Id).ToList()))
        {
            seen += ids.Count;
            gaps += written.Except(ids).Count();
            copies += ids.Count - ids.Distinct().Count();
            disorder += ids.Zip(ids.Skip(1), (one, next) => one < next ? 0 : 1).Sum();
        }

        return
        [
            new Check("events written", _said.Count, written.Count, Math.Max(0, _said.Count - written.Count), 0),
            new Check("events seen, over all clients", (long)written.Count * _readers.Count, seen, gaps, copies),
            new Check("events out of order, or a resync", 0, disorder, disorder, 0),
        ];
    }

    private Uri Stream(string more) => new(_stage.Platform.Gateway, $"/api/v1/iot/stream?key={Key}{more}");

    private double ResidentMiB(ServiceReplica second) =>
        Memory.ResidentMiB(_stage.Platform.GatewayProcess.Id) + Memory.ResidentMiB(_stage.Platform.IotIngestProcess.Id) + Memory.ResidentMiB(second.Process.Id);
}
