using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Dashboard;

/// <summary>How things stand now.</summary>
internal static class DashboardFeature
{
    public static void MapDashboard(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/dashboard", GetDashboard.Handle).Described(DashboardDescribed.Board).WithTags("Dashboard").HouseOnly();
        api.MapGet("/iot/latest", ListLatest.Handle).Described(DashboardDescribed.List).WithTags("Dashboard");
        api.MapGet("/iot/spaces/{id}/latest", GetLatest.Handle).Described(DashboardDescribed.OfSpace).WithTags("Dashboard");
    }
}
