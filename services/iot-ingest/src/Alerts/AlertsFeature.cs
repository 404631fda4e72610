using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Alerts;

/// <summary>What was noticed, and what became of it.</summary>
internal static class AlertsFeature
{
    public static void AddAlerts(this IServiceCollection services) => services.AddHostedService<AlertWatch>();

    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/iot/spaces/{id}/alerts", ListSpaceAlerts.Handle).Described(AlertsDescribed.OfSpace).WithTags("Alerts").HouseOnly();
        api.MapGet("/iot/spaces/{id}/alert-rules", GetAlertRules.Handle).Described(AlertsDescribed.GetRules).AnswersBody(StatusCodes.Status200OK, typeof(Dictionary<string, AlertRuleShown>)).WithTags("Alerts").HouseOnly();
        api.MapPut("/iot/spaces/{id}/alert-rules", SetAlertRules.Handle).Described(AlertsDescribed.SetRules).TakesBody(typeof(Dictionary<string, AlertRuleWish?>))
            .AnswersBody(StatusCodes.Status200OK, typeof(Dictionary<string, AlertRuleShown>)).WithTags("Alerts").AdminOnly();
        api.MapGet("/alerts", ListAlerts.Handle).Described(AlertsDescribed.List).WithTags("Alerts").HouseOnly();
        api.MapGet("/alerts/{id}", GetAlert.Handle).Described(AlertsDescribed.Get).WithTags("Alerts").HouseOnly();
        api.MapPatch("/alerts/{id}/acknowledge", AcknowledgeAlert.Handle).Described(AlertsDescribed.Acknowledge).WithTags("Alerts");
        api.MapPatch("/alerts/{id}/resolve", ResolveAlert.Handle).Described(AlertsDescribed.Resolve).WithTags("Alerts");
    }
}
