using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Occupancy;

/// <summary>
/// The occupancy of one space, on device time. Pure: samples in, changes out, so that the same samples give the same changes however they are cut
/// into batches and whoever judges them.
/// </summary>
internal sealed class OccupancyClock
{
    /// <summary>How long a space must be occupied, or empty, without interruption before it is said.</summary>
    public const long Dwell = 2 * Micros.PerMinute;

    /// <summary>Two samples at both ends of a dwell would prove little of what lay between.</summary>
    public const int MinSamples = 3;

    /// <summary>What was said last.</summary>
    public OccupancyState State { get; set; } = OccupancyState.Unknown;

    /// <summary>What runs against it; null while samples agree with what was said.</summary>
    public OccupancyState? DwellState { get; set; }

    /// <summary>First sample of the dwell.</summary>
    public long DwellSince { get; set; }

    /// <summary>Samples of the dwell.</summary>
    public int DwellCount { get; set; }

    /// <summary>What of the dwell must be kept: it changes when one begins or breaks.</summary>
    public (OccupancyState? State, long Since) Dwelling => DwellState is null ? default : (DwellState, DwellSince);

    /// <summary>The newest sample that counted people; null where none is near.</summary>
    public long? LastAt { get; set; }

    /// <summary>Judges the next sample in order of device time.</summary>
    /// <param name="at">Device time, micros.</param>
    /// <param name="people">Counted.</param>
    /// <param name="isPresent">Its time is near the server's clock. What comes late fills the past of a dwell but says nothing: it is no evidence of now.</param>
    /// <param name="maxGap">Longer than this between two samples and nothing is known of the time between.</param>
    /// <returns>What is to be said, or null.</returns>
    public OccupancyChange? Judge(long at, int people, bool isPresent, long maxGap)
    {
        var found = people > 0 ? OccupancyState.Occupied : OccupancyState.Vacant;
        var isInterrupted = LastAt is not { } last || at - last > maxGap;
        LastAt = at;

        if (isInterrupted)
        {
            DwellState = null;
        }

        if (isInterrupted && State != OccupancyState.Unknown)
        {
            State = OccupancyState.Unknown;
            Begin(found, at);
            return new OccupancyChange(OccupancyState.Unknown, at, people, SampleCount: 0);
        }

        if (found == State)
        {
            DwellState = null;
            return null;
        }

        if (DwellState != found)
        {
            Begin(found, at);
            return null;
        }

        DwellCount++;

        if (!isPresent || DwellCount < MinSamples || at - DwellSince < Dwell)
        {
            return null;
        }

        (State, DwellState) = (found, null);
        return new OccupancyChange(found, DwellSince, people, DwellCount);
    }

    private void Begin(OccupancyState found, long at) => (DwellState, DwellSince, DwellCount) = (found, at, 1);
}

internal enum OccupancyState
{
    Unknown,
    Vacant,
    Occupied,
}

/// <summary>A change of what is known of a space.</summary>
/// <param name="State">From now on.</param>
/// <param name="Since">Device time (micros) of the first sample of the dwell; for unknown of the sample that came after the gap.</param>
/// <param name="People">Of the sample that showed it.</param>
/// <param name="SampleCount">Samples of the dwell.</param>
internal readonly record struct OccupancyChange(OccupancyState State, long Since, int People, int SampleCount);
