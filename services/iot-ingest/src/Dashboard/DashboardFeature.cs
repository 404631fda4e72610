using Coworking.Hosting.Identity;

namespace Coworking.IotIngest.Dashboard;

/// <summary>How things stand now.</summary>
internal static class DashboardFeature
{
    public static void MapDashboard(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/dashboard", GetDashboard.Handle).HouseOnly();
        api.MapGet("/iot/latest", ListLatest.Handle);
        api.MapGet("/iot/spaces/{id}/latest", GetLatest.Handle);
    }
}
