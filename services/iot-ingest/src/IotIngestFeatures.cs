using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Dashboard;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Messaging;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Rejections;
using Coworking.IotIngest.Reports;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Twins;
using Coworking.IotIngest.Windows;

namespace Coworking.IotIngest;

/// <summary>What the service consists of: the one list of its features.</summary>
internal static class IotIngestFeatures
{
    internal static void AddFeatures(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddLive();
        services.AddTwins();
        services.AddOccupancy();
        services.AddAlerts();
        services.AddRollups();
        services.AddReports();
        services.AddBus();
        services.AddDevices();
        services.AddRejections();
        services.AddIngest(configuration);
    }

    internal static void MapFeatures(this IEndpointRouteBuilder api)
    {
        api.MapWindows();
        api.MapAlerts();
        api.MapTwins();
        api.MapOccupancy();
        api.MapLive();
        api.MapRejections();
        api.MapDevices();
        api.MapDashboard();
        api.MapReports();
    }
}
