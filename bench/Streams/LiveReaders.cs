using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>
/// A reader for each location, and for each message how long after it was due it was seen: by its own event, or by a newer one of its space, as a stream tells
/// states. Due, not sent: a generator that is late is part of neither side, but whoever makes it late is charged.
/// </summary>
internal sealed class LiveReaders : IAsyncDisposable
{
    private readonly Workload _workload;
    private readonly TimeSpan _spacing;
    private readonly long[] _next;
    private readonly long[] _seenAt;
    private readonly Dictionary<Guid, int> _numbers;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _readings = [];
    private long _seen;

    public LiveReaders(Workload workload, TimeSpan spacing, long messages)
    {
        (_workload, _spacing) = (workload, spacing);
        _seenAt = new long[messages];
        _next = new long[workload.Spaces.Count];
        _numbers = workload.Spaces.Select((space, number) => (space.Id, number)).ToDictionary(one => one.Id, one => one.number);
    }

    /// <summary>Reads a stream from now on.</summary>
    public async Task OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        _readings.Add(Task.Run(() => ReadAsync(stream), cancellationToken));
    }

    /// <summary>Until every message has been seen.</summary>
    public Task SeenAsync(CancellationToken cancellationToken) =>
        Wait.UntilAsync(() => Interlocked.Read(ref _seen) == _seenAt.Length, TimeSpan.FromSeconds(60), "every message is seen in a stream", cancellationToken);

    /// <summary>Milliseconds of each message, from the shortest.</summary>
    /// <param name="started">When the generator was ready, by <see cref="Stopwatch"/>.</param>
    /// <param name="rate">Messages per second.</param>
    /// <param name="connections">A message is due when its connection has had time for it and all before it.</param>
    public double[] Latencies(long started, double rate, int connections)
    {
        var latencies = new double[_seenAt.Length];

        for (var i = 0; i < latencies.Length; i++)
        {
            var due = ((i / connections) + 1) * connections / rate;
            latencies[i] = Stopwatch.GetElapsedTime(started, _seenAt[i]).TotalMilliseconds - (1000 * due);
        }

        Array.Sort(latencies);
        return latencies;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_readings).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync(Stream stream)
    {
        await foreach (var item in SseParser.Create(stream, (_, data) => Parse(data)).EnumerateAsync(_end.Token))
        {
            See(item.Data.Space, item.Data.At);
        }
    }

    private static (Guid Space, DateTimeOffset At) Parse(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        var (space, at) = (Guid.Empty, default(DateTimeOffset));

        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                var (isSpace, isTime) = (reader.ValueTextEquals("spaceId"), reader.ValueTextEquals("ts"));
                reader.Read();
                reader.TrySkip();
                space = isSpace ? reader.GetGuid() : space;
                at = isTime ? DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture) : at;
            }
        }

        return (space, at);
    }

    private void See(Guid space, DateTimeOffset at)
    {
        var now = Stopwatch.GetTimestamp();

        // One reader a location: nobody else touches this space's messages. What is older is from before this round.
        if (_numbers.TryGetValue(space, out var number))
        {
            var sample = (long)Math.Round((at - _workload.TimeOf(0)) / _spacing);

            for (; _next[number] <= sample; _next[number]++)
            {
                var message = (_next[number] * _next.Length) + number;

                if (message < _seenAt.Length)
                {
                    _seenAt[message] = now;
                    Interlocked.Increment(ref _seen);
                }
            }
        }
    }
}
