using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>Requests at a steady rate, whether those before are answered or not, by turns to some gateways.</summary>
internal sealed class RollingLoad : IAsyncDisposable
{
    public const string Key = "admin-secret-key-123";
    private const int Spaces = 50;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    // Beyond anything that demo data could hold.
    private static readonly DateTimeOffset FirstHour = new(2027, 1, 4, 0, 0, 0, TimeSpan.Zero);

    private readonly Uri[] _gateways;
    private readonly Guid[] _spaces;
    private readonly int _rate;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private long _sent;
    private long _failed;
    private long _placed;
    private int _open;

    private RollingLoad(Uri[] gateways, Guid[] spaces, int rate, CancellationToken cancellationToken)
    {
        (_gateways, _spaces, _rate) = (gateways, spaces, rate);
        _http.DefaultRequestHeaders.Add("x-api-key", Key);
        _running = RunAsync(cancellationToken);
    }

    /// <summary>Settings of a gateway that has to bear all of this load, also after a pause: all clients share one key, and its limits are not what is tried.</summary>
    public static Dictionary<string, string?> Unlimited(int rate) => new()
    {
        ["Limits__AdminKeyPerMinute"] = (rate * 60 * 10).ToString(CultureInfo.InvariantCulture),
        ["Limits__InFlightPerKey"] = "10000",
    };

    /// <summary>What failures were, the most frequent first; null where there was none.</summary>
    public string? Examples => _failures.IsEmpty ? null : string.Join("; ", _failures.OrderByDescending(failure => failure.Value).Take(4).Select(failure => $"{failure.Value} × {failure.Key}"));

    public static async Task<RollingLoad> StartAsync(Stage stage, Uri[] gateways, int rate, CancellationToken cancellationToken)
    {
        var spaces = Enumerable.Range(0, Spaces).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var command = stage.Database.CreateCommand("""
            with home as (
                insert into reservations.locations (id, name, latitude, longitude, timezone, created_at, updated_at) values ($1, 'Rolling', 19.4, -99.1, 'America/Mexico_City', now(), now()))
            insert into reservations.spaces (id, location_id, name, capacity, created_at, updated_at) select id, $1, 'Rolling ' || no, 8, now(), now() from unnest($2::uuid[]) with ordinality as s (id, no)
            """);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = spaces });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new RollingLoad(gateways, spaces, rate, cancellationToken);
    }

    /// <summary>Until requests are answered about as fast as they are sent: a process that has just begun takes a while to be as fast as it will be.</summary>
    public Task SettledAsync(CancellationToken cancellationToken) =>
        Wait.UntilAsync(() => Volatile.Read(ref _open) < _rate / 20, TimeSpan.FromSeconds(90), "requests are answered as fast as they are sent", cancellationToken);

    /// <returns>Requests sent, those that failed, bookings granted.</returns>
    public async Task<(long Sent, long Failed, long Placed)> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return (_sent, _failed, _placed);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var pending = new List<Task>();
        var started = Stopwatch.GetTimestamp();

        while (!_stop.IsCancellationRequested)
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * _rate); _sent < due; _sent++)
            {
                pending.Add(AskAsync(_sent, cancellationToken));
            }

            pending.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(Tick, cancellationToken);
        }

        await Task.WhenAll(pending);
    }

    private async Task AskAsync(long number, CancellationToken cancellationToken)
    {
        string? failure = null;
        Interlocked.Increment(ref _open);

        for (var attempt = 0; attempt < _gateways.Length; attempt++)
        {
            try
            {
                using var request = Request(number, _gateways[(number + attempt) % _gateways.Length]);
                using var response = await _http.SendAsync(request, cancellationToken);
                failure = response.IsSuccessStatusCode ? null : $"{request.Method} {request.RequestUri!.AbsolutePath}: {(int)response.StatusCode}";

                if (failure is null && request.Method == HttpMethod.Post)
                {
                    Interlocked.Increment(ref _placed);
                }

                break;
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // Nobody listens there just now.
                failure = e.Message;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                failure = $"{(number % 3 == 2 ? "POST" : "GET")} {e.Message} {e.InnerException?.Message}";
                break;
            }
        }

        Interlocked.Decrement(ref _open);

        if (failure is not null)
        {
            Interlocked.Increment(ref _failed);
            _failures.AddOrUpdate(failure, 1, (_, count) => count + 1);
        }
    }

    private HttpRequestMessage Request(long number, Uri gateway)
    {
        var space = _spaces[number % _spaces.Length];

        switch (number % 3)
        {
            case 0:
                return new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/api/v1/locations"));
            case 1:
                return new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/api/v1/alerts?limit=5"));
            default:
                var start = FirstHour.AddHours(number / _spaces.Length);
                return new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/api/v1/bookings"))
                {
                    Content = JsonContent.Create(new
                    {
                        spaceId = space,
                        clientEmail = string.Create(CultureInfo.InvariantCulture, $"rolling-{number}@example.com"),
                        bookingDate = start.AddDays(-1),
                        startTime = start,
                        endTime = start.AddHours(1),
                    }),
                };
        }
    }
}
