using System.Collections.Concurrent;
using System.Net.Http.Json;

namespace Coworking.ComposeTest;

/// <summary>
/// Requests at a steady rate over all gateways, as a balancer in front of them would send them: one whose gateway takes no connection goes to the next. Whether there
/// is a gateway behind a published port cannot be seen from outside, as the engine takes connections for it: the balancer is told, as an orchestrator would.
/// Reads of both services and bookings that are judged without being made.
/// </summary>
internal sealed class Load : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(12.5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly object _booking;
    private readonly Task _running;
    private volatile string[] _gateways;
    private int _sent;
    private int _open;

    internal Load(string[] gateways, string space, string day)
    {
        (_gateways, _booking) = (gateways, new { spaceId = space, clientEmail = "load@example.com", bookingDate = day, startTime = $"{day}T19:00:00Z", endTime = $"{day}T20:00:00Z" });
        _running = RunAsync(space);
    }

    internal int Sent => _sent;

    internal string[] Gateways
    {
        set => _gateways = value;
    }

    /// <summary>How often what went wrong.</summary>
    internal IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>Until requests are answered about as fast as they are sent: a container that has just begun takes a while to be as fast as it will be.</summary>
    internal Task SettledAsync() => Shell.UntilAsync(() => Task.FromResult(Volatile.Read(ref _open) < 5 ? "" : null), "requests are answered as fast as they are sent", 120);

    internal async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task RunAsync(string space)
    {
        string[] reads = ["/api/v1/locations", $"/api/v1/iot/spaces/{space}/telemetry?minutes=10", $"/api/v1/spaces/{space}", $"/api/v1/iot/spaces/{space}/twin"];
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        var under = new List<Task>();

        while (!_stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            var number = _sent++;
            under.RemoveAll(one => one.IsCompleted);
            under.Add(number % 5 == 4 ? OneAsync(number, HttpMethod.Post, "/api/v1/bookings?dryRun=true") : OneAsync(number, HttpMethod.Get, reads[number % 5]));
        }

        await Task.WhenAll(under);
    }

    private async Task OneAsync(int number, HttpMethod method, string path)
    {
        Interlocked.Increment(ref _open);
        await AskAsync(number, method, path);
        Interlocked.Decrement(ref _open);
    }

    private async Task AskAsync(int number, HttpMethod method, string path)
    {
        var gateways = _gateways;

        for (var attempt = 0; ; attempt++)
        {
            var gateway = gateways[(number + attempt) % gateways.Length];

            try
            {
                using var request = new HttpRequestMessage(method, $"http://{gateway}{path}") { Content = method == HttpMethod.Post ? JsonContent.Create(_booking) : null };
                request.Headers.Add("x-api-key", Api.AdminKey);
                using var answer = await _http.SendAsync(request);

                if (!answer.IsSuccessStatusCode)
                {
                    Count($"{method} {path.Split('?')[0]} {(int)answer.StatusCode}");
                }

                return;
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && attempt + 1 < gateways.Length)
            {
                // Nothing of it was sent.
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Count($"{method} {path.Split('?')[0]} {(e as HttpRequestException)?.HttpRequestError.ToString() ?? "timeout"}");
                return;
            }
        }
    }

    private void Count(string failure) => _failures.AddOrUpdate(failure, 1, (_, count) => count + 1);
}
