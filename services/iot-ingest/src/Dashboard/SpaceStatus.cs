using System.Text.Json.Serialization;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Dashboard;

/// <summary>How a space is; written as on the wire, from best to worst.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SpaceStatus>))]
internal enum SpaceStatus
{
    /// <summary>Nothing to say.</summary>
    OK,

    /// <summary>The last reading is outside its limits.</summary>
    WARNING,

    /// <summary>An alert is open.</summary>
    ALARM,
}

internal static class SpaceStatusSql
{
    /// <summary>True where the last reading is outside its limits; a value equal to a limit is inside, one that nobody sent is too.</summary>
    public static readonly string BeyondLimits = $"""
        coalesce(st.temp_c < (s.climate->>'tempMin')::numeric * {Metric.All[Metric.TempC].Scale}, false)
        or coalesce(st.temp_c > (s.climate->>'tempMax')::numeric * {Metric.All[Metric.TempC].Scale}, false)
        or coalesce(st.co2_ppm > coalesce(t.desired_co2_threshold, {Space.DefaultCo2ThresholdPpm})::bigint * {Metric.All[Metric.Co2Ppm].Scale}, false)
        or coalesce(st.occupancy > s.capacity, false)
        """;
}
