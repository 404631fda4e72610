using Coworking.Hosting.Identity;

namespace Coworking.IotIngest.Rejections;

/// <summary>What was not taken, for whoever mends the device.</summary>
internal static class RejectionsFeature
{
    public static void AddRejections(this IServiceCollection services) => services.AddHostedService<Redrive>();

    public static void MapRejections(this IEndpointRouteBuilder api) => api.MapGet("/iot/rejected", ListRejected.Handle).AdminOnly();
}
