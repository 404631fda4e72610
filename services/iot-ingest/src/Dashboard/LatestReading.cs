using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Dashboard;

/// <summary>The newest reading of a space by device time; every member is null where nobody sent it.</summary>
/// <param name="SpaceId">The space.</param>
/// <param name="LocationId">Where it stands.</param>
/// <param name="Name">Of the space.</param>
/// <param name="At">Device time; null: it never spoke.</param>
/// <param name="AgeSec">By the server's clock; a device whose clock runs ahead is 0 old.</param>
/// <param name="Stale">Older than max(2 min, 3 × sampling interval), or never spoken.</param>
/// <param name="TempC">°C.</param>
/// <param name="HumidityPct">Percent.</param>
/// <param name="Co2Ppm">Parts per million.</param>
/// <param name="Occupancy">People.</param>
/// <param name="PowerW">Watts.</param>
/// <param name="BatteryPct">Percent.</param>
/// <param name="PowerOk">False: mains lost.</param>
/// <param name="DoorOpen">True: open.</param>
internal sealed record LatestReading(
    Guid SpaceId,
    Guid LocationId,
    string Name,
    DateTimeOffset? At,
    long? AgeSec,
    bool Stale,
    double? TempC,
    double? HumidityPct,
    double? Co2Ppm,
    double? Occupancy,
    double? PowerW,
    double? BatteryPct,
    bool? PowerOk,
    bool? DoorOpen)
{
    public static readonly string Columns =
        $"s.id, s.location_id, s.name, st.latest_at, coalesce(t.desired_sampling_sec, {Space.DefaultSamplingSeconds}), st.power_ok, st.door_open, "
        + string.Join(", ", Metric.All.Select(metric => "st." + metric.Wire));

    // A space that was met but has not committed a reading stands at -infinity.
    public const string Tables = """
        spaces s left join twins t on t.space_id = s.id
        left join space_states st on st.space_key = s.key and st.latest_at > '-infinity'
        """;


    public static LatestReading Read(NpgsqlDataReader reader, DateTimeOffset now)
    {
        DateTimeOffset? at = reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3);
        var age = at is { } then ? (long?)Math.Max(0, (long)(now - then).TotalSeconds) : null;
        return new LatestReading(
            reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), at, age, age is null || age > Math.Max(120, 3L * reader.GetInt32(4)),
            Value(Metric.TempC), Value(Metric.HumidityPct), Value(Metric.Co2Ppm), Value(Metric.Occupancy), Value(Metric.PowerW), Value(Metric.BatteryPct), Flag(5), Flag(6));

        double? Value(int metric) => reader.IsDBNull(7 + metric) ? null : Metric.All[metric].Value(reader.GetInt32(7 + metric));
        bool? Flag(int column) => reader.IsDBNull(column) ? null : reader.GetBoolean(column);
    }
}
