using Coworking.IotIngest.Database;
using Coworking.IotIngest.Occupancy;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.IotIngest.Tests.Occupancy;

public sealed class OccupancyClockProperties
{
    private const long MaxGap = 120 * Micros.PerSecond;

    private readonly record struct Sample(long At, int People, bool IsPresent);

    private static readonly Gen<(int People, int Samples, int Step, bool IsPresent, bool Cut)> Run =
        from people in Gen.Elements(0, 0, 1, 7)
        from samples in Gen.Choose(1, 20)
        from step in Gen.Elements(1, 10, 30, 60, 120, 121)
        from present in Gen.Elements(true, true, true, false)
        from cut in Gen.Elements(true, false)
        select (people, samples, step, present, cut);

    [Fact]
    public void Cutting_the_samples_into_batches_and_taking_over_changes_nothing() =>
        Prop.ForAll(Run.ListOf().ToArbitrary(), runs =>
        {
            var samples = Samples([.. runs]);
            var cuts = Cuts([.. runs]);
            var whole = Changes(samples, _ => false);
            return whole.SequenceEqual(Changes(samples, cuts.Contains)) && whole.SequenceEqual(Changes(samples, _ => true));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20_261_121UL, 1UL));

    [Fact]
    public void What_is_said_is_what_the_samples_behind_it_show() =>
        Prop.ForAll(Run.ListOf().ToArbitrary(), runs =>
        {
            var samples = Samples([.. runs]);
            return Changes(samples, _ => false).SequenceEqual(Expected(samples));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20_261_121UL, 3UL));

    /// <summary>The same by looking back from each sample over all that came before it.</summary>
    private static List<OccupancyChange> Expected(List<Sample> samples)
    {
        var expected = new List<OccupancyChange>();
        var state = OccupancyState.Unknown;

        for (var i = 0; i < samples.Count; i++)
        {
            if (state != OccupancyState.Unknown && samples[i].At - samples[i - 1].At > MaxGap)
            {
                state = OccupancyState.Unknown;
                expected.Add(new OccupancyChange(state, samples[i].At, samples[i].People, 0));
                continue;
            }

            var first = i;

            while (first > 0 && samples[first].At - samples[first - 1].At <= MaxGap && samples[first - 1].People > 0 == samples[i].People > 0)
            {
                first--;
            }

            var found = samples[i].People > 0 ? OccupancyState.Occupied : OccupancyState.Vacant;

            if (found != state && samples[i].IsPresent && i - first + 1 >= 3 && samples[i].At - samples[first].At >= 2 * Micros.PerMinute)
            {
                state = found;
                expected.Add(new OccupancyChange(state, samples[first].At, samples[i].People, i - first + 1));
            }
        }

        return expected;
    }

    private static List<OccupancyChange> Changes(List<Sample> samples, Predicate<int> isTakenOverBefore)
    {
        var clock = new OccupancyClock();
        var changes = new List<OccupancyChange>();

        for (var i = 0; i < samples.Count; i++)
        {
            if (isTakenOverBefore(i))
            {
                clock = Reloaded(clock, samples.Take(i).ToList());
            }

            if (clock.Judge(samples[i].At, samples[i].People, samples[i].IsPresent, MaxGap) is { } change)
            {
                changes.Add(change);
            }
        }

        return changes;
    }

    /// <summary>As the tables give it: the state and when the dwell began from the row, the rest from the readings.</summary>
    private static OccupancyClock Reloaded(OccupancyClock clock, List<Sample> readings)
    {
        var (dwell, since) = clock.Dwelling;
        var near = readings.Count > 0 ? readings[^1].At - MaxGap : 0;
        return new OccupancyClock
        {
            State = clock.State,
            DwellState = dwell,
            DwellSince = since,
            DwellCount = readings.Count(sample => dwell is not null && sample.At >= since && sample.People > 0 == (dwell == OccupancyState.Occupied)),
            LastAt = readings.FindLast(sample => sample.At >= near) is { At: > 0 } last ? last.At : null,
        };
    }

    private static List<Sample> Samples((int People, int Samples, int Step, bool IsPresent, bool Cut)[] runs)
    {
        var second = 0L;
        return [.. runs.SelectMany(run => Enumerable.Range(0, run.Samples).Select(_ => new Sample((second += run.Step) * Micros.PerSecond, run.People, run.IsPresent)))];
    }

    private static HashSet<int> Cuts((int People, int Samples, int Step, bool IsPresent, bool Cut)[] runs)
    {
        var at = 0;
        var cuts = new HashSet<int>();

        foreach (var run in runs)
        {
            at += run.Samples;

            if (run.Cut)
            {
                cuts.Add(at);
            }
        }

        return cuts;
    }
}
