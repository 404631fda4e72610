using Coworking.Hosting.Identity;

namespace Coworking.IotIngest.Reports;

/// <summary>What was, for whoever has to show it.</summary>
internal static class ReportsFeature
{
    public static void AddReports(this IServiceCollection services) => services.AddHostedService<DailyReports>();

    public static void MapReports(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/reports/climate", GetClimateReport.Handle).HouseOnly();
        api.MapGet("/iot/reports/climate/daily", ListDailyReports.Handle).HouseOnly();
        api.MapGet("/iot/reports/climate/daily/{id}", GetDailyReport.Handle).HouseOnly();
    }
}
