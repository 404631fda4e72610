using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Devices;

/// <summary>A reading as a device sends it over HTTP; every metric may be missing, but not all of them.</summary>
internal sealed record DeviceReading
{
    /// <summary>Device time.</summary>
    [Required]
    [JsonPropertyName("ts")]
    public DateTimeOffset Ts { get; init; }

    [Range(-80, 125)]
    [JsonPropertyName("temp_c")]
    public double? TempC { get; init; }

    [Range(0, 100)]
    [JsonPropertyName("humidity_pct")]
    public double? HumidityPct { get; init; }

    [Range(0, 40_000)]
    [JsonPropertyName("co2_ppm")]
    public double? Co2Ppm { get; init; }

    [Range(0, 10_000)]
    [JsonPropertyName("occupancy")]
    public int? Occupancy { get; init; }

    [Range(0, 1_000_000)]
    [JsonPropertyName("power_w")]
    public double? PowerW { get; init; }

    [Range(0, 100)]
    [JsonPropertyName("battery_pct")]
    public double? BatteryPct { get; init; }

    [JsonPropertyName("power_ok")]
    public bool? PowerOk { get; init; }

    [JsonPropertyName("door_open")]
    public bool? DoorOpen { get; init; }
}

/// <summary>What the document says of devices.</summary>
internal static class DevicesDescribed
{
    private const string Members = """
        "id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c12","serialNumber":"SN-0001","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c",
        "firmwareVersion":"1.0.0","online":true,"lastSeenAt":"2026-01-31T09:00:00.000Z","createdAt":"2026-01-30T09:00:00.000Z","updatedAt":"2026-01-30T09:00:00.000Z"
        """;

    private const string WithSecrets =
        $$$"""{{{{Members}}},"apiKey":"dk_4bX…","mqtt":{"username":"device-019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c12","password":"9mQ…","clientId":"device-019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c12"}}""";

    private static readonly Refusal NoFields = Refusal.Field("spaceId", "Give spaceId or firmwareVersion");

    internal static readonly Operation List = new("Lists registered devices by serial number")
    {
        Gives = $$$"""{"data":[{{{{Members}}}}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}""",
        Query = [Field.Uuid("spaceId", "Only of this space"), Field.Uuid("locationId", "Only of this location"), Field.Flag("online", "Only those that are there, or that are not")],
    };

    internal static readonly Operation Get = new("Reads one device") { Gives = $"{{{Members}}}", Refuses = [DeviceRefusals.NotFound] };

    internal static readonly Operation Register = new("Registers a device")
    {
        Description = "The only answer, beside that of a rotation, that shows its key and its MQTT password.",
        Takes = """{"serialNumber":"SN-0001","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","firmwareVersion":"1.0.0"}""",
        Gives = WithSecrets,
        Refuses = [SpaceRefusals.NotFound, DeviceRefusals.SerialTaken("SN-0001"), DeviceRefusals.BrokerAway],
    };

    internal static readonly Operation Change = new("Moves a device, or notes its firmware")
    {
        Description = "A move takes its rights at the broker along; what it has measured stays where it was measured.",
        Takes = """{"firmwareVersion":"1.0.1"}""",
        Gives = $"{{{Members}}}",
        Refuses = [NoFields, DeviceRefusals.NotFound, SpaceRefusals.NotFound, DeviceRefusals.BrokerAway],
    };

    internal static readonly Operation Rotate = new("Gives a device a new key and a new MQTT password")
    {
        Description = "The old ones end with the answer, and a connection that was made with them is cut.",
        Gives = WithSecrets,
        Refuses = [DeviceRefusals.NotFound, DeviceRefusals.BrokerAway],
    };

    internal static readonly Operation Remove = new("Takes a device out of service")
    {
        Description = "Its key and its account at the broker end; what it has measured stays.",
        Refuses = [DeviceRefusals.NotFound, DeviceRefusals.BrokerAway],
    };

    internal static readonly Operation Readings = new("Stores readings of a device, which proves itself by its own key")
    {
        Description = "One reading or an array of at most 1000. Answered after the commit; a reading that is known already counts once. What could not be taken is kept with its reason.",
        Takes = """[{"ts":"2026-01-31T09:00:00Z","temp_c":22.4,"humidity_pct":45,"co2_ppm":640,"occupancy":4,"power_w":120}]""",
        Gives = """{"accepted":1,"duplicate":0,"rejected":1,"items":[{"index":1,"outcome":"rejected","reason":"no_metric","detail":"the payload has no metric"}]}""",
        Refuses =
        [
            DeviceRefusals.NoReadings, new Refusal(StatusCodes.Status400BadRequest, "readings.rejected", "No reading was taken: the payload has no metric"), DeviceRefusals.MissingKey, DeviceRefusals.InvalidKey,
            DeviceRefusals.ForeignKey, DeviceRefusals.SpaceGone, DeviceRefusals.TooManyReadings, DeviceRefusals.Busy,
        ],
        Security = OpenApiSetup.DeviceKey,
    };
}
