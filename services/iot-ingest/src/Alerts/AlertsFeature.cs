namespace Coworking.IotIngest.Alerts;

/// <summary>What was noticed, and what became of it.</summary>
internal static class AlertsFeature
{
    public static void MapAlerts(this IEndpointRouteBuilder api) => api.MapGet("/iot/spaces/{id}/alerts", ListSpaceAlerts.Handle);
}
