using Coworking.Contracts;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Occupancy;

/// <summary>What was said of a space, as it stands in occupancy_states.</summary>
/// <param name="Version">0 until anything has been said.</param>
/// <param name="State">occupied, vacant or unknown.</param>
/// <param name="Since">Device time; the server's clock for unknown; null until anything has been said.</param>
/// <param name="HeadCount">Null for unknown.</param>
/// <param name="Evidence">On what it rests.</param>
internal sealed record SpaceOccupancy(long Version, OccupancyState State, DateTimeOffset? Since, int? HeadCount, OccupancyEvidence Evidence)
{
    public const string Healthy = "healthy";

    /// <summary>Something comes, but no present count of people.</summary>
    public const string Stale = "stale";

    /// <summary>Nothing comes.</summary>
    public const string Silent = "silent";

    public static readonly SpaceOccupancy Nothing = new(0, OccupancyState.Unknown, null, null, new OccupancyEvidence(0, null, Silent));

    public SpaceOccupancy Changed(in OccupancyChange change, long lastSampleAt, DateTimeOffset now) => change.State == OccupancyState.Unknown
        ? Lost(lastSampleAt, Stale, now)
        : new SpaceOccupancy(
            Version + 1, change.State, Micros.ToInstant(change.Since), change.People, new OccupancyEvidence(change.SampleCount, Micros.ToInstant(lastSampleAt), Healthy));

    /// <summary>Unknown by the server's clock: from when the evidence was missing is not known to the second, from when we said so is.</summary>
    public SpaceOccupancy Lost(long? lastSampleAt, string health, DateTimeOffset now) =>
        new(Version + 1, OccupancyState.Unknown, now, null, new OccupancyEvidence(0, lastSampleAt is { } at ? Micros.ToInstant(at) : null, health));

    public SpaceOccupancyChanged Message(Guid messageId, DateTimeOffset now, Guid spaceId, Guid locationId) =>
        new(messageId, now, Version, spaceId, locationId, Word(State), Since!.Value, HeadCount, Evidence);

    public static string Word(OccupancyState state) => state switch
    {
        OccupancyState.Occupied => "occupied",
        OccupancyState.Vacant => "vacant",
        _ => "unknown",
    };

    public static OccupancyState Of(string word) => word switch
    {
        "occupied" => OccupancyState.Occupied,
        "vacant" => OccupancyState.Vacant,
        _ => OccupancyState.Unknown,
    };
}
