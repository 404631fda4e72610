using System.Buffers;
using System.Globalization;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;

namespace Coworking.IotIngest.Live;

/// <summary>GET /iot/stream: server-sent events. What was missed comes first, then the present, then whatever happens.</summary>
internal static class StreamEvents
{
    private const int Window = 500;

    // What is written in one go; then the client has to keep up.
    private const int MostUnsent = 16 * 1024;

    // Shorter than the idle limits of common proxies (30 s and more).
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(25);

    private static readonly byte[] Hello = ": connected\n\n"u8.ToArray();
    private static readonly byte[] TooSlow = ": too slow, reconnect with Last-Event-ID\n\n"u8.ToArray();

    internal static async Task Handle(HttpContext context, Caller caller, LiveHub hub, LiveLog log, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var filter = Filter(context.Request.Query, caller);
        var lastEventId = LastEventId(context.Request);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        LiveClient? client = null;

        try
        {
            await hub.Started.WaitAsync(ended.Token);
            (client, var position) = hub.Join(filter);
            // After joining: who has read it misses nothing that happens from now on.
            await response.Body.WriteAsync(Hello, ended.Token);
            await response.Body.FlushAsync(ended.Token);
            var seen = await ReplayAsync(response, log, filter, lastEventId, position, ended.Token);
            await PresentAsync(response, log, filter, ended.Token);
            await FollowAsync(context, client, seen, clock, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone, or this replica is going: its client comes back with Last-Event-ID.
        }
        catch (IOException)
        {
            // The client has gone.
        }
        finally
        {
            if (client is not null)
            {
                hub.Leave(client);
            }
        }
    }

    /// <summary>Sends what the client missed up to the position at which it joined; answers the newest id that it has seen.</summary>
    private static async Task<long> ReplayAsync(
        HttpResponse response, LiveLog log, LiveFilter filter, long? lastEventId, long position, CancellationToken cancellationToken)
    {
        if (lastEventId is not { } after)
        {
            return position;
        }

        var (oldest, newest) = await log.BoundsAsync(cancellationToken);

        // Out of the log on either side: the client must read the present anew. (Beyond the position alone it has seen more at another replica.)
        if (after > Math.Max(newest, position) || (after < position && (oldest is null || after + 1 < oldest)))
        {
            var resync = LiveFrame.Of(position, "resync", default, default, "{\"reason\":\"the log does not reach back to this id\"}");
            await response.Body.WriteAsync(resync.Bytes, cancellationToken);
            return position;
        }

        while (after < position)
        {
            var frames = await log.EventsAsync(after, position, Window, cancellationToken);

            foreach (var frame in frames)
            {
                after = frame.Id!.Value;

                if (filter.Wants(frame))
                {
                    await response.Body.WriteAsync(frame.Bytes, cancellationToken);
                }
            }

            await response.Body.FlushAsync(cancellationToken);

            if (frames.Count < Window)
            {
                break;
            }
        }

        return Math.Max(after, position);
    }

    private static async Task PresentAsync(HttpResponse response, LiveLog log, LiveFilter filter, CancellationToken cancellationToken)
    {
        if (!filter.Wants("telemetry"))
        {
            return;
        }

        foreach (var frame in (await log.LatestAsync(spaceKeys: null, cancellationToken)).Where(filter.Wants))
        {
            await response.Body.WriteAsync(frame.Bytes, cancellationToken);
        }

        await response.Body.FlushAsync(cancellationToken);
    }

    private static async Task FollowAsync(HttpContext context, LiveClient client, long seen, TimeProvider clock, CancellationToken cancellationToken)
    {
        // One timer and one registration for the stream, not one of each for every event that reaches it.
        await using var pings = clock.CreateTimer(_ => client.Ping(), state: null, PingEvery, PingEvery);
        await using var end = cancellationToken.Register(client.Close);
        var writer = context.Response.BodyWriter;

        while (await client.Frames.WaitToReadAsync(CancellationToken.None))
        {
            var unsent = 0;

            while (unsent < MostUnsent && client.Frames.TryRead(out var frame))
            {
                if (frame.Id is null || frame.Id > seen)
                {
                    writer.Write(frame.Bytes);
                    unsent += frame.Bytes.Length;
                }
            }

            await writer.FlushAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        writer.Write(TooSlow);
        await writer.FlushAsync(cancellationToken);
    }

    private static LiveFilter Filter(IQueryCollection query, Caller caller)
    {
        // What alarms the house is none of its clients' business; the climate of a space is.
        HashSet<string>? names = caller.Role == Roles.Customer ? [.. LiveFrame.Names.Except(["alert"])] : null;

        if (query["events"].ToString() is { Length: > 0 } text)
        {
            var (may, asked) = (names, text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            names = [.. asked];

            if (names.Except(LiveFrame.Names).FirstOrDefault() is { } unknown)
            {
                throw new RefusedRequestException(Refusal.Field("events", $"events must be of {string.Join(", ", LiveFrame.Names)}; '{unknown}' is none"));
            }

            if (may is not null && !names.IsSubsetOf(may))
            {
                throw new RefusedRequestException(new Refusal(StatusCodes.Status403Forbidden, "auth.forbidden", $"events may be of {string.Join(", ", may)} for a CUSTOMER"));
            }
        }

        return new LiveFilter(QueryValues.Uuid(query, "spaceId"), QueryValues.Uuid(query, "locationId"), names);
    }

    private static long? LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();

        if (text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new RefusedRequestException(Refusal.Field("Last-Event-ID", "Last-Event-ID must be an id that this stream gave"));
    }
}
