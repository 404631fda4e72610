using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class AlertClockProperties
{
    private const long MaxGap = 120 * Micros.PerSecond;

    private static readonly Verdict[] Verdicts =
    [
        default,
        new(Finding.Clear),
        new(Finding.Clear, null, InHours: true),
        new(Finding.Clear, null, InHours: true, Booked: true),
        new(Finding.Breach, Verdict.OutOfHours),
        new(Finding.Breach, Verdict.NoBooking, InHours: true),
        new(Finding.Breach),
        new(Finding.Between),
        new(Finding.Off),
    ];

    /// <summary>A kind, and times that somebody may have set for it.</summary>
    private static readonly Gen<AlertRule> Rule =
        from kind in Gen.Elements(AlertKind.OfSamples)
        from openAfter in Gen.Elements(-1, 0, 1, 60, 299, 600)
        from resolveAfter in Gen.Elements(-1, 0, 1, 60, 300)
        let rule = Running.Rooms.Plain(climate: new Contracts.ClimateLimits(2, 8, null)).Rules[kind]
        select new AlertRule(kind, true, rule.Threshold, openAfter < 0 ? rule.OpenAfterSec : openAfter, resolveAfter < 0 ? rule.ResolveAfterSec : resolveAfter, rule.Severity);

    /// <summary>Runs of one verdict, so that alerts do open and resolve.</summary>
    private static readonly Gen<(int Verdict, int Samples, int Step, bool Cut)> Run =
        from verdict in Gen.Choose(0, Verdicts.Length - 1)
        from samples in Gen.Choose(1, 40)
        from step in Gen.Elements(1, 10, 30, 60, 120, 121)
        from cut in Gen.Elements(true, false)
        select (verdict, samples, step, cut);

    [Fact]
    public void Cutting_the_samples_into_batches_changes_no_transition() =>
        Prop.ForAll(Rule.ToArbitrary(), Run.ListOf().ToArbitrary(), (rule, runs) =>
        {
            var whole = Transitions(rule, [.. runs], CutRule.Never);
            return whole.SequenceEqual(Transitions(rule, [.. runs], CutRule.BetweenRuns)) && whole.SequenceEqual(Transitions(rule, [.. runs], CutRule.BetweenSamples));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20_261_120UL, 1UL));

    [Fact]
    public void Alerts_open_and_resolve_in_turn_and_never_before_their_time() =>
        Prop.ForAll(Rule.ToArbitrary(), Run.ListOf().ToArbitrary(), (rule, runs) =>
        {
            var isOpen = false;

            foreach (var (kind, at, sampleAt, first) in Transitions(rule, [.. runs], CutRule.Never))
            {
                var isRight = kind switch
                {
                    TransitionKind.Opened => !isOpen && at <= sampleAt && at - first == rule.OpenAfter,
                    TransitionKind.Resolved => isOpen && at <= sampleAt,
                    _ => isOpen && at == sampleAt,
                };

                if (!isRight)
                {
                    return false;
                }

                isOpen = kind != TransitionKind.Resolved;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20_261_120UL, 3UL));

    private enum CutRule
    {
        Never,
        BetweenRuns,
        BetweenSamples,
    }

    private static List<(TransitionKind Kind, long At, long SampleAt, long? Since)> Transitions(AlertRule rule, (int Verdict, int Samples, int Step, bool Cut)[] runs, CutRule cut)
    {
        var clock = new AlertClock(rule.Kind);
        var found = new List<(TransitionKind, long, long, long?)>();
        var second = 0L;

        foreach (var run in runs)
        {
            for (var sample = 0; sample < run.Samples; sample++)
            {
                second += run.Step;
                var transition = clock.Judge(second * Micros.PerSecond, Verdicts[run.Verdict], rule, MaxGap);

                if (transition.Kind != TransitionKind.None)
                {
                    found.Add((transition.Kind, transition.At, second * Micros.PerSecond, clock.BreachedSince));
                }

                clock = cut == CutRule.BetweenSamples ? Reloaded(clock) : clock;
            }

            clock = cut == CutRule.BetweenRuns && run.Cut ? Reloaded(clock) : clock;
        }

        return found;
    }

    /// <summary>As the table keeps it: no row for a clock that is idle.</summary>
    private static AlertClock Reloaded(AlertClock clock) => clock.IsIdle
        ? new AlertClock(clock.Kind)
        : new AlertClock(clock.Kind)
        {
            BreachedSince = clock.BreachedSince,
            ClearSince = clock.ClearSince,
            LastAt = clock.LastAt,
            Reason = clock.Reason,
            IsOpen = clock.IsOpen,
        };
}
