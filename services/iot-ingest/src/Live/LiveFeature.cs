namespace Coworking.IotIngest.Live;

/// <summary>What happens, as it happens, to browsers.</summary>
internal static class LiveFeature
{
    public static void AddLive(this IServiceCollection services)
    {
        services.AddSingleton<LiveHub>();
        services.AddSingleton<LiveLog>();
        services.AddHostedService<LiveReader>();
    }

    public static void MapLive(this IEndpointRouteBuilder api) => api.MapGet("/iot/stream", StreamEvents.Handle);
}
