using System.Text.Json;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Alerts;

/// <summary>What a person needs to see of an alert, by kind; clients display these members by name.</summary>
internal static class AlertMeta
{
    public static string Of(AlertKind kind, in Reading reading, Space space, string? reason)
    {
        if (kind == AlertKind.Co2)
        {
            return JsonSerializer.Serialize(
                new { value = Metric.All[Metric.Co2Ppm].Value(reading.Values[Metric.Co2Ppm]), threshold = space.Co2ThresholdPpm, unit = "ppm" });
        }

        var occupancy = reading.Values[Metric.Occupancy];
        return kind == AlertKind.OccupancyMax
            ? JsonSerializer.Serialize(new { occupancy, capacity = space.Capacity })
            : JsonSerializer.Serialize(new { occupancy, reason });
    }
}

/// <summary>The frame "alert" of the stream.</summary>
internal sealed record AlertEvent(
    string Type, AlertRow Alert, Guid SpaceId, string Kind, DateTimeOffset StartedAt, DateTimeOffset? ResolvedAt, JsonElement MetaJson)
{
    public static AlertEvent Of(string type, Alert alert)
    {
        var row = AlertRow.Of(alert);
        return new AlertEvent(type, row, row.SpaceId, row.Kind, row.StartedAt, row.ResolvedAt, row.MetaJson);
    }
}
