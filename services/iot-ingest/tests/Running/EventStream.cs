using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>One event as an EventSource hands it out.</summary>
internal sealed record StreamEvent(long? Id, string Name, JsonElement Data)
{
    internal Guid SpaceId => Data.GetProperty("spaceId").GetGuid();
}

/// <summary>Reads server-sent events as they come.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private EventStream(HttpResponseMessage answer, Stream stream) => (_answer, _reader) = (answer, new StreamReader(stream));

    internal HttpResponseMessage Answer => _answer;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static async Task<EventStream> OpenAsync(RunningService service, string query, long? lastEventId)
    {
        var answer = await service.SendAsync(
            HttpMethod.Get,
            "/api/v1/iot/stream" + query,
            more: request =>
            {
                if (lastEventId is { } id)
                {
                    request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
                }
            },
            stream: true);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var stream = new EventStream(answer, await answer.Content.ReadAsStreamAsync(Ended));
        Assert.Equal(": connected", await stream.LineAsync());
        Assert.Equal("", await stream.LineAsync());
        return stream;
    }

    /// <summary>The next event; null where the stream has ended. Comments are passed over.</summary>
    internal async Task<StreamEvent?> NextAsync()
    {
        long? id = null;
        string? name = null;
        string? data = null;

        while (await LineAsync() is { } line)
        {
            if (line.Length == 0 && name is not null)
            {
                using var json = JsonDocument.Parse(data!);
                return new StreamEvent(id, name, json.RootElement.Clone());
            }

            id = line.StartsWith("id: ", StringComparison.Ordinal) ? long.Parse(line[4..], CultureInfo.InvariantCulture) : id;
            name = line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : name;
            data = line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : data;
        }

        return null;
    }

    internal async Task<StreamEvent> UntilAsync(Predicate<StreamEvent> wanted)
    {
        while (await NextAsync() is { } next)
        {
            if (wanted(next))
            {
                return next;
            }
        }

        throw new InvalidOperationException("The stream has ended before");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }

    private async Task<string?> LineAsync() => await _reader.ReadLineAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);
}
