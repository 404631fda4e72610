using Coworking.Hosting.OpenApi;

namespace Coworking.IotIngest.Windows;

/// <summary>What the sensors said, by the minute.</summary>
internal static class WindowsFeature
{
    public static void MapWindows(this IEndpointRouteBuilder api) => api.MapGet("/iot/spaces/{id}/telemetry", GetTelemetry.Handle).Described(TelemetryDescribed.Get)
        .AnswersBody(StatusCodes.Status200OK, typeof(List<TelemetryMinute>), typeof(TelemetrySeriesShown)).WithTags("Telemetry");
}
