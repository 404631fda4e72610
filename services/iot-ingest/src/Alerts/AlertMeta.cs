using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Alerts;

/// <summary>What a person needs to see of an alert, by kind; clients display these members by name.</summary>
internal static class AlertMeta
{
    public static string Of(AlertKind kind, in Reading reading, Space space, string? reason)
    {
        if (kind == AlertKind.OccupancyMax || kind == AlertKind.OccupancyUnexpected)
        {
            var occupancy = reading.Values[Metric.Occupancy];
            return kind == AlertKind.OccupancyMax ? Text(new { occupancy, capacity = space.Capacity }) : Text(new { occupancy, reason });
        }

        var rule = space.Rules[kind];

        if (kind.Metric is { } metric)
        {
            var unit = metric == Metric.Co2Ppm ? "ppm" : metric == Metric.TempC ? "°C" : "%";
            return Text(new { value = Metric.All[metric].Value(reading.Values[metric]), threshold = rule.Threshold, unit });
        }

        return kind == AlertKind.PowerLoss ? Text(new { powerOk = false }) : Text(new { doorOpen = true, allowedSec = rule.OpenAfterSec });
    }

    private static string Text(object meta) => JsonSerializer.Serialize(meta, JsonSetup.Wire);
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
