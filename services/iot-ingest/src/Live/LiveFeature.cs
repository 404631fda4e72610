using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Live;

/// <summary>What happens, as it happens, to browsers.</summary>
internal static class LiveFeature
{
    private static readonly Operation Stream = new("Follows what happens, as server-sent events")
    {
        Id = "StreamEvents",
        Description = "telemetry, alert and twin_update, each with JSON in data, and a comment every 25 s. After a (re)connect the newest sample of each space comes first; alert and twin_update carry an id, and who comes back "
            + "with Last-Event-ID gets what it missed, once, in order. An id that the log does not reach back to gets one resync.",
        AnswersType = "text/event-stream",
        Gives = "id: 17\nevent: alert\ndata: {\"type\":\"opened\",\"spaceId\":\"b6194839-7438-4587-a52e-eeef27d00282\",\"kind\":\"CO2\"}\n\n",
        Query =
        [
            Field.Uuid("spaceId", "Only of this space"),
            Field.Uuid("locationId", "Only of this location"),
            Field.Of("events", $"Only these, separated by commas: {string.Join(", ", LiveFrame.Names)}"),
            Field.Of("key", "The API key, for an EventSource, which cannot send headers"),
            Field.Of("ticket", "Likewise for who has signed in: from POST /auth/stream-ticket, good for one connection"),
        ],
        Headers = [Field.Of("Last-Event-ID", "The id of the last event that was seen")],
    };

    public static void AddLive(this IServiceCollection services)
    {
        services.AddSingleton<LiveHub>();
        services.AddSingleton<LiveLog>();
        services.AddHostedService<LiveReader>();
    }

    public static void MapLive(this IEndpointRouteBuilder api) => api.MapGet("/iot/stream", StreamEvents.Handle).Described(Stream).WithTags("Stream");
}
