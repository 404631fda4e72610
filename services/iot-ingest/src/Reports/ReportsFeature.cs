using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Reports;

/// <summary>What was, for whoever has to show it.</summary>
internal static class ReportsFeature
{
    public static void AddReports(this IServiceCollection services) => services.AddHostedService<DailyReports>();

    public static void MapReports(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/reports/climate", GetClimateReport.Handle).Described(ReportsDescribed.Climate).AlsoAnswersText(StatusCodes.Status200OK, "text/csv").WithTags("Reports").HouseOnly();
        api.MapGet("/iot/reports/climate/daily", ListDailyReports.Handle).Described(ReportsDescribed.ListDaily).WithTags("Reports").HouseOnly();
        api.MapGet("/iot/reports/climate/daily/{id}", GetDailyReport.Handle).Described(ReportsDescribed.GetDaily).WithTags("Reports").HouseOnly();
    }
}
