using Coworking.Hosting.Identity;

namespace Coworking.IotIngest.Alerts;

/// <summary>What was noticed, and what became of it.</summary>
internal static class AlertsFeature
{
    public static void AddAlerts(this IServiceCollection services) => services.AddHostedService<AlertWatch>();

    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/spaces/{id}/alerts", ListSpaceAlerts.Handle).HouseOnly();
        api.MapGet("/iot/spaces/{id}/alert-rules", GetAlertRules.Handle).HouseOnly();
        api.MapPut("/iot/spaces/{id}/alert-rules", SetAlertRules.Handle).AdminOnly();
        api.MapGet("/alerts", ListAlerts.Handle).HouseOnly();
        api.MapGet("/alerts/{id}", GetAlert.Handle).HouseOnly();
        api.MapPatch("/alerts/{id}/acknowledge", AcknowledgeAlert.Handle);
        api.MapPatch("/alerts/{id}/resolve", ResolveAlert.Handle);
    }
}
