using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Bookings;

/// <summary>R12: every POST three times at once with one key, while reservations is killed again and again.</summary>
internal sealed class TripledPosts : IDisposable
{
    private const int Copies = 3;
    private const int AtOnce = 16;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Stage _stage;
    private readonly BookingSide _side;
    private readonly Guid[] _spaces;
    private readonly ConcurrentDictionary<int, long> _statuses = new();
    private long _differing;
    private long _unexpected;
    private int _done;

    private TripledPosts(Stage stage, Guid[] spaces) => (_stage, _spaces, _side) = (stage, spaces, BookingSide.AtService(stage));

    public void Dispose() => _side.Dispose();

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (keys, kills) = options.Small ? (400, 1) : (10_000, options.Repeat ?? 10);
        var run = new FaultRun("R12", "every POST three times, with kills in between", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        using var self = new TripledPosts(stage, await BookingSide.AddSpacesAsync(stage, 50, cancellationToken));
        run.Say($"{keys:#,0} keys, {kills} kills, seed {options.Seed}");
        var posting = self.PostAllAsync(keys, cancellationToken);
        var random = new Random(options.Seed);

        for (var kill = 1; kill <= kills; kill++)
        {
            // At a random moment of its share of the work, so that every kill meets requests on their way.
            var until = (int)(keys * (kill - 1 + random.NextDouble()) / (kills + 1));
            await Wait.UntilAsync(() => Task.FromResult(Volatile.Read(ref self._done) >= until || posting.IsCompleted), TimeSpan.FromMinutes(4), "the next kill is due", cancellationToken);
            var (at, killed, before) = (run.Seconds, Stopwatch.GetTimestamp(), Volatile.Read(ref self._done));
            stage.Platform.ReservationsProcess.Kill();
            await stage.Platform.RestartAsync(PlatformService.Reservations, cancellationToken);
            var ready = Stopwatch.GetElapsedTime(killed).TotalSeconds;
            await Wait.UntilAsync(() => Task.FromResult(Volatile.Read(ref self._done) > before + AtOnce || posting.IsCompleted), Limit, "bookings go on", cancellationToken);
            var again = Stopwatch.GetElapsedTime(killed).TotalSeconds;
            run.Add(new Fault($"kill {kill}", at, ready, again, again));
        }

        await posting;
        run.Say("every key has its answers; now with other bodies");
        var otherwise = await self.OtherBodiesAsync(keys, cancellationToken);
        var bookings = await stage.CountAsync("select count(*) from reservations.bookings where source = 'api'", cancellationToken);
        var waiters = await stage.CountAsync("select count(*) from reservations.waitlist_entries", cancellationToken);
        var stored = bookings + waiters;
        var answers = await stage.CountAsync("select count(*) from reservations.idempotency_keys", cancellationToken);
        var broken = self._statuses.Where(status => status.Key is >= 500 and not 503).Sum(status => status.Value);
        var verdict = new Verdict(
        [
            new Check("rows that came of the keys", keys, stored, Math.Max(0, keys - stored), Math.Max(0, stored - keys)),
            new Check("kept answers", keys, answers, Math.Max(0, keys - answers), Math.Max(0, answers - keys)),
            new Check("keys whose answers differ", 0, self._differing, 0, self._differing),
            new Check("keys that refuse another body (422)", keys, otherwise, keys - otherwise, 0),
            new Check("answers of 5xx other than 503", 0, broken, broken, 0),
            new Check("answers that are neither 201, nor 409 idempotency.in_progress, nor 503, while it lives", 0, self._unexpected, self._unexpected, 0),
        ]);
        var statuses = string.Join(", ", self._statuses.OrderBy(status => status.Key).Select(status => $"{(status.Key == 0 ? "no answer" : status.Key)}: {status.Value:#,0}"));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {keys:#,0} POSTs (nine of ten place a booking, which takes its key in the transaction of the booking; the tenth joins a waitlist, as all other routes do), each sent {Copies} times at once with one Idempotency-Key,
            {AtOnce} keys at a time; each copy asks again after no answer, 503 and 409 idempotency.in_progress, until it has its 201. Meanwhile reservations is killed (SIGKILL) {kills} times and started again. Then
            each key is sent with another body. Answers are compared byte by byte. Of all answers came {statuses}. Recovery: from ready until more keys have their answers.
            """);
        return await run.ConcludeAsync(verdict, what, fault => Math.Max(0, fault.First - fault.Ready!.Value), null, cancellationToken);
    }

    private async Task PostAllAsync(int keys, CancellationToken cancellationToken)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (var key = Interlocked.Increment(ref next); key < keys; key = Interlocked.Increment(ref next))
            {
                var (path, body) = Request(key, otherwise: false);
                var bodies = await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => UntilDoneAsync(path, body, Name(key), cancellationToken)));
                Interlocked.Add(ref _differing, bodies.Distinct(StringComparer.Ordinal).Count() == 1 ? 0 : 1);
                Interlocked.Increment(ref _done);
            }
        }));
    }

    private async Task<string> UntilDoneAsync(string path, object body, string key, CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            var reply = await _side.SendAsync(HttpMethod.Post, path, body, isAdmin: false, cancellationToken, key);
            _statuses.AddOrUpdate(reply.Status, 1, (_, count) => count + 1);

            if (reply.Status == 201)
            {
                return reply.Text;
            }

            if (reply.Status is not (0 or 503) && !reply.Text.Contains("idempotency.in_progress", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _unexpected);
            }

            if (Stopwatch.GetElapsedTime(began) > Limit)
            {
                throw new TimeoutException($"{path} with {key} got no 201 in a minute; last {reply.Status} {reply.Text}");
            }

            await Task.Delay(reply.Status == 0 ? 50 : 10, cancellationToken);
        }
    }

    private async Task<long> OtherBodiesAsync(int keys, CancellationToken cancellationToken)
    {
        var (refused, next) = (0L, -1);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (var key = Interlocked.Increment(ref next); key < keys; key = Interlocked.Increment(ref next))
            {
                var (path, body) = Request(key, otherwise: true);
                var reply = await _side.SendAsync(HttpMethod.Post, path, body, isAdmin: false, cancellationToken, Name(key));
                Interlocked.Add(ref refused, reply.Status == 422 ? 1 : 0);
            }
        }));
        return refused;
    }

    private (string Path, object Body) Request(int key, bool otherwise)
    {
        var who = otherwise ? "other" : "tripled";
        var start = BookingSide.FirstHour.AddHours(key / _spaces.Length);
        return key % 10 == 9
            ? ("/api/v1/waitlist", new { spaceId = _spaces[^1], clientEmail = string.Create(CultureInfo.InvariantCulture, $"{who}-{key}@example.com"), from = start, to = start.AddHours(8), minutes = 60 })
            // Not where others wait: what is offered to them is held.
            : ("/api/v1/bookings", BookingSide.Numbered(_spaces[..^1], who, key));
    }

    private static string Name(int key) => string.Create(CultureInfo.InvariantCulture, $"tripled-{key}");
}
