namespace Coworking.IotIngest.Windows;

/// <summary>What the sensors said, by the minute.</summary>
internal static class WindowsFeature
{
    public static void MapWindows(this IEndpointRouteBuilder api) => api.MapGet("/iot/spaces/{id}/telemetry", GetTelemetry.Handle);
}
