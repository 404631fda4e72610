using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Spaces;

/// <summary>A space as the hot path needs it: immutable, replaced whole when anything about it changes.</summary>
/// <param name="Key">The surrogate that readings carry.</param>
/// <param name="Id">The space.</param>
/// <param name="LocationId">First level of its topics.</param>
/// <param name="Capacity">People.</param>
/// <param name="Bookable">Only a bookable space can be occupied without a booking.</param>
/// <param name="Hours">Null: no hours rule.</param>
/// <param name="Co2ThresholdPpm">Desired, or the default.</param>
/// <param name="SamplingInterval">Desired, or the default: how often a sample is expected.</param>
/// <param name="Schedule">Blocked spans of live bookings, from and until in micros, ordered by from.</param>
/// <param name="Climate">Null: no limits.</param>
/// <param name="RuleChanges">What somebody set of its alert rules, by kind; null: nothing.</param>
/// <param name="IntervalChanges">When (micros) which sampling interval in seconds came into force, ordered; before the first the default was. Null: never changed.</param>
internal sealed record Space(
    int Key,
    Guid Id,
    Guid LocationId,
    int Capacity,
    bool Bookable,
    OpeningTimes? Hours,
    int Co2ThresholdPpm,
    TimeSpan SamplingInterval,
    (long From, long Until)[] Schedule,
    ClimateLimits? Climate = null,
    IReadOnlyDictionary<string, AlertRuleChange>? RuleChanges = null,
    (long At, int Seconds)[]? IntervalChanges = null)
{
    public const int DefaultCo2ThresholdPpm = 1000;
    public const int DefaultSamplingSeconds = 10;

    /// <summary>Longer than this without a sample and nothing is known: max(2 min, 3 × sampling interval).</summary>
    public long MaxGap { get; } = Math.Max(2 * Micros.PerMinute, 3 * Micros.Of(SamplingInterval));

    /// <summary>The alert rules in force.</summary>
    public AlertRules Rules { get; } = AlertRules.Of(RuleChanges, Co2ThresholdPpm, Climate);

    /// <summary>The sampling interval that was in force then. What comes now is answered by the first comparison.</summary>
    public int SamplingSecondsAt(long at)
    {
        if (IntervalChanges is not { Length: > 0 } changes || at >= changes[^1].At)
        {
            return (int)SamplingInterval.TotalSeconds;
        }

        for (var i = changes.Length - 2; i >= 0; i--)
        {
            if (at >= changes[i].At)
            {
                return changes[i].Seconds;
            }
        }

        return DefaultSamplingSeconds;
    }

    public bool IsOpenAt(long at) => Hours is null || Hours.IsOpenAt(Micros.ToInstant(at));

    /// <summary>True while a booking, with its buffers, holds the space.</summary>
    public bool IsBookedAt(long at)
    {
        foreach (var (from, until) in Schedule)
        {
            if (from > at)
            {
                return false;
            }

            if (at < until)
            {
                return true;
            }
        }

        return false;
    }
}
