using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Alerts;

/// <summary>The rule of one kind in one space, as it is in force.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Enabled">False: nothing opens, and what is open is closed.</param>
/// <param name="Threshold">In the unit of the metric; null where the kind has none or nobody has set one.</param>
/// <param name="OpenAfterSec">How long a breach must hold.</param>
/// <param name="ResolveAfterSec">How long its absence must hold.</param>
/// <param name="Severity">Of the alerts that it opens.</param>
internal sealed record AlertRule(AlertKind Kind, bool Enabled, double? Threshold, int OpenAfterSec, int ResolveAfterSec, string Severity)
{
    /// <summary>A rule without the threshold that its kind needs is silent, as a disabled one.</summary>
    public bool IsOn { get; } = Enabled && (Threshold is not null || Kind.Threshold is null);

    /// <summary>The threshold as readings keep their metrics.</summary>
    public long Limit { get; } = Threshold is { } value ? (long)Math.Round(value * Metric.All[Kind.Metric!.Value].Scale) : 0;

    public long OpenAfter { get; } = OpenAfterSec * Micros.PerSecond;

    public long ResolveAfter { get; } = ResolveAfterSec * Micros.PerSecond;
}

/// <summary>What somebody set of a rule; null members follow the default.</summary>
internal sealed record AlertRuleChange(bool? Enabled = null, double? Threshold = null, int? OpenAfterSec = null, int? ResolveAfterSec = null, string? Severity = null)
{
    public static readonly AlertRuleChange None = new();
}

/// <summary>The rules of a space, by kind. Immutable, as the space that carries them.</summary>
internal sealed class AlertRules
{
    private readonly AlertRule[] _rules;

    private AlertRules(AlertRule[] rules) => _rules = rules;

    public AlertRule this[AlertKind kind] => _rules[kind.Index];

    /// <param name="changes">By the name of the kind; what is missing follows the defaults.</param>
    /// <param name="co2ThresholdPpm">Of the twin, or the default.</param>
    /// <param name="climate">Of the space: its limits of temperature, and how long its door may stand open.</param>
    public static AlertRules Of(IReadOnlyDictionary<string, AlertRuleChange>? changes, int co2ThresholdPpm, ClimateLimits? climate) =>
        new(Array.ConvertAll(AlertKind.All, kind =>
        {
            var rule = Default(kind, co2ThresholdPpm, climate);
            return changes is not null && changes.TryGetValue(kind.Name, out var change) ? With(rule, change) : rule;
        }));

    private static AlertRule Default(AlertKind kind, int co2ThresholdPpm, ClimateLimits? climate) => new(
        kind,
        Enabled: true,
        kind == AlertKind.Co2 ? co2ThresholdPpm
            : kind == AlertKind.HighTemp ? climate?.TempMax
            : kind == AlertKind.LowTemp ? climate?.TempMin
            : kind == AlertKind.LowBattery ? 20
            : null,
        (kind == AlertKind.DoorOpen ? climate?.DoorOpenSeconds : null) ?? kind.OpenAfterSec ?? 0,
        kind.ResolveAfterSec ?? 0,
        kind.Severity);

    private static AlertRule With(AlertRule rule, AlertRuleChange change) => new(
        rule.Kind,
        change.Enabled ?? rule.Enabled,
        change.Threshold ?? rule.Threshold,
        change.OpenAfterSec ?? rule.OpenAfterSec,
        change.ResolveAfterSec ?? rule.ResolveAfterSec,
        change.Severity ?? rule.Severity);
}
