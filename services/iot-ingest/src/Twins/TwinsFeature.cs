using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Twins;

/// <summary>The digital twin of a space.</summary>
internal static class TwinsFeature
{
    public static void AddTwins(this IServiceCollection services)
    {
        services.AddHostedService<DesiredPublisher>();
        services.AddHostedService<TwinWatch>();
    }

    public static void MapTwins(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/spaces/{id}/twin", GetTwin.Handle).Described(TwinsDescribed.Get).WithTags("Twins");
        api.MapGet("/iot/spaces/{id}/twin/history", ListTwinHistory.Handle).Described(TwinsDescribed.History).WithTags("Twins").HouseOnly();
        api.MapPatch("/iot/spaces/{id}/desired", SetDesired.Handle).Described(TwinsDescribed.Set).WithTags("Twins").AdminOnly();
    }
}
