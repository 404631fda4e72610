using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;

namespace Coworking.Faults.Streams;

/// <summary>An EventSource: follows the stream, comes back with Last-Event-ID whenever it is cut, and writes down what it has seen.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly CancellationTokenSource _leave = new();
    private readonly Lock _gate = new();
    private readonly List<(long Id, long Seen)> _seen = [];
    private readonly Task _running;
    private CancellationTokenSource _connection = new();
    private int _connections;

    /// <param name="http">Shared, with room for one connection a reader.</param>
    /// <param name="address">Of the stream, with its filter and key.</param>
    /// <param name="lastEventId">What it claims to have seen, so that nothing is missed before it is connected.</param>
    public EventReader(HttpClient http, Uri address, long lastEventId)
    {
        (_http, _address, LastId) = (http, address, lastEventId);
        _running = RunAsync();
    }

    /// <summary>Of the last event that it has read.</summary>
    public long LastId { get; private set; }

    /// <summary>Connections that were answered.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers to its questions that were not the stream.</summary>
    public int Refusals { get; private set; }

    /// <summary>Ids as they came, and when.</summary>
    public IReadOnlyList<(long Id, long Seen)> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>Breaks its connection, wherever it stands in it.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _connection.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        Cut();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leave.Dispose();
        _connection.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_leave.IsCancellationRequested)
        {
            CancellationToken cut;

            lock (_gate)
            {
                _connection.Dispose();
                _connection = new CancellationTokenSource();
                cut = _connection.Token;
            }

            try
            {
                await ReadAsync(cut);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
            {
                // Cut, by us or by the other side: it comes back.
            }
        }
    }

    private async Task ReadAsync(CancellationToken cut)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        request.Headers.Add("Last-Event-ID", LastId.ToString(CultureInfo.InvariantCulture));
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cut);

        if (!answer.IsSuccessStatusCode)
        {
            Refusals++;
            await Task.Delay(TimeSpan.FromMilliseconds(200), cut);
            return;
        }

        Interlocked.Increment(ref _connections);
        await using var body = await answer.Content.ReadAsStreamAsync(cut);

        await foreach (var item in SseParser.Create(body).EnumerateAsync(cut))
        {
            // A resync says that something is missed, and counts as what it is: an id that nobody wrote.
            var id = item.EventType == "resync" ? -1 : long.Parse(item.EventId!, CultureInfo.InvariantCulture);
            LastId = id < 0 ? LastId : id;

            lock (_gate)
            {
                _seen.Add((id, Stopwatch.GetTimestamp()));
            }
        }
    }
}
