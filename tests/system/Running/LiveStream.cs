using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Coworking.SystemTests.Running;

/// <summary>One event of the stream, as an EventSource would give it.</summary>
internal sealed record LiveEvent(string? Id, string Name, JsonElement Data);

/// <summary>An open stream and everything it has said.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private readonly HttpResponseMessage _response;
    private readonly Lock _gate = new();
    private readonly List<LiveEvent> _seen = [];
    private readonly Task _reading;

    private LiveStream(HttpResponseMessage response)
    {
        _response = response;
        _reading = ReadAsync();
    }

    internal IReadOnlyList<LiveEvent> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>What an EventSource sends when it reconnects.</summary>
    internal string? LastId => Seen.LastOrDefault(seen => seen.Id is not null)?.Id;

    internal bool HasEnded => _reading.IsCompleted;

    /// <summary>Ended as an answer ends, not by a connection that broke.</summary>
    internal bool HasEndedProperly { get; private set; }

    internal static async Task<LiveStream> OpenAsync(ApiClient client, string query = "", string? lastEventId = null) =>
        await TryOpenAsync(client, query, lastEventId) ?? throw new InvalidOperationException($"The stream {query} was refused");

    /// <summary>Null where the stream is refused, as while its service is away.</summary>
    internal static async Task<LiveStream?> TryOpenAsync(ApiClient client, string query = "", string? lastEventId = null)
    {
        (string, string)[] headers = lastEventId is null ? [] : [("Last-Event-ID", lastEventId)];
        using var request = client.Request(HttpMethod.Get, $"/api/v1/iot/stream{query}", headers);
        var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return new LiveStream(response);
        }

        response.Dispose();
        return null;
    }

    /// <summary>The first event, past or to come, that is meant.</summary>
    internal async Task<LiveEvent> WaitForAsync(Func<LiveEvent, bool> isMeant, string what, int seconds = 90)
    {
        LiveEvent? found = null;

        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult((found = Seen.FirstOrDefault(isMeant)) is not null), what, seconds);
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"{e.Message}; the stream said: {string.Join("; ", Seen)}");
        }

        return found!;
    }

    internal Task<LiveEvent> WaitForAsync(string name, Func<JsonElement, bool> isMeant, string what) =>
        WaitForAsync(seen => seen.Name == name && isMeant(seen.Data), what);

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        _response.Dispose();
        await _reading;
        _cut.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await using var body = await _response.Content.ReadAsStreamAsync(_cut.Token);

            await foreach (var item in SseParser.Create(body).EnumerateAsync(_cut.Token))
            {
                using var data = JsonDocument.Parse(item.Data);

                lock (_gate)
                {
                    _seen.Add(new LiveEvent(item.EventId, item.EventType, data.RootElement.Clone()));
                }
            }

            HasEndedProperly = true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            // Cut, by us or by the other side.
        }
    }
}
