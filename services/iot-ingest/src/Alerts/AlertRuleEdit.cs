using System.Text.Json;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Alerts;

/// <summary>What somebody wants of the rules of a space, as read from a request: by kind, the members that were named.</summary>
internal sealed class AlertRuleEdit
{
    private const int MaxSec = 86_400;

    private readonly Dictionary<AlertKind, List<Func<AlertRuleChange, AlertRuleChange>>> _steps = [];
    private readonly Dictionary<string, string[]> _errors = [];
    private bool _touchesTemperature;

    private AlertRuleEdit()
    {
    }

    public static AlertRuleEdit Of(JsonElement request, out Refusal? refusal)
    {
        var edit = new AlertRuleEdit();
        refusal = null;

        if (request.ValueKind != JsonValueKind.Object)
        {
            refusal = new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, "Give an object of rules by kind, e.g. {\"CO2\":{\"threshold\":900}}");
            return edit;
        }

        try
        {
            foreach (var member in request.EnumerateObject())
            {
                edit.Kind(member.Name, member.Value);
            }
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is valid JSON and no text.
            refusal = new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, "The request body has text that is no Unicode");
            return edit;
        }

        if (edit._errors.Count > 0)
        {
            refusal = new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, edit._errors.Values.First()[0]) { Errors = edit._errors };
        }

        return edit;
    }

    /// <summary>The rules as the API shows them: of each kind the members that it has.</summary>
    public static Dictionary<string, Dictionary<string, object?>> Rows(AlertRules rules) => AlertKind.All.ToDictionary(kind => kind.Name, kind =>
    {
        var rule = rules[kind];
        var row = new Dictionary<string, object?> { ["enabled"] = rule.Enabled };
        Add("threshold", kind.Threshold is not null, rule.Threshold);
        Add("openAfterSec", kind.OpenAfterSec is not null, rule.OpenAfterSec);
        Add("resolveAfterSec", kind.ResolveAfterSec is not null, rule.ResolveAfterSec);
        row["severity"] = rule.Severity;
        return row;

        void Add(string name, bool has, object? value)
        {
            if (has)
            {
                row[name] = value;
            }
        }
    });

    /// <summary>The deviations of this space after the edit. What equals the default is none: it goes on following the default.</summary>
    public Dictionary<string, AlertRuleChange> On(Space space)
    {
        var changes = new Dictionary<string, AlertRuleChange>(space.RuleChanges ?? new Dictionary<string, AlertRuleChange>());
        var defaults = AlertRules.Of(null, space.Co2ThresholdPpm, space.Climate);

        foreach (var (kind, steps) in _steps)
        {
            var change = steps.Aggregate(changes.GetValueOrDefault(kind.Name, AlertRuleChange.None), (change, step) => step(change));
            var rule = defaults[kind];
            change = new AlertRuleChange(
                change.Enabled == rule.Enabled ? null : change.Enabled,
                change.Threshold == rule.Threshold ? null : change.Threshold,
                change.OpenAfterSec == rule.OpenAfterSec ? null : change.OpenAfterSec,
                change.ResolveAfterSec == rule.ResolveAfterSec ? null : change.ResolveAfterSec,
                change.Severity == rule.Severity ? null : change.Severity);
            changes[kind.Name] = change;
        }

        return changes.Where(entry => entry.Value != AlertRuleChange.None).ToDictionary();
    }

    /// <summary>Limits of temperature that leave nothing between them, where this edit made them so.</summary>
    public Refusal? Refuse(AlertRules rules) =>
        _touchesTemperature && rules[AlertKind.LowTemp].Threshold >= rules[AlertKind.HighTemp].Threshold
            ? Refusal.Field("LOW_TEMP.threshold", "The threshold of LOW_TEMP must be below that of HIGH_TEMP")
            : null;

    private void Kind(string name, JsonElement value)
    {
        if (AlertKind.Find(name) is not { } kind)
        {
            _errors[name] = [$"{name} is no kind of alert; kinds are {string.Join(", ", AlertKind.Names)}"];
            return;
        }

        _touchesTemperature |= kind == AlertKind.HighTemp || kind == AlertKind.LowTemp;
        var steps = _steps[kind] = [];

        if (value.ValueKind == JsonValueKind.Null)
        {
            steps.Add(_ => AlertRuleChange.None);
            return;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            _errors[name] = [$"{name} must be an object, or null for its defaults"];
            return;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (Member(kind, member.Name, member.Value, steps) is { } error)
            {
                _errors[$"{name}.{member.Name}"] = [$"{name}.{member.Name} {error}"];
            }
        }
    }

    private static string? Member(AlertKind kind, string name, JsonElement value, List<Func<AlertRuleChange, AlertRuleChange>> steps)
    {
        var isNull = value.ValueKind == JsonValueKind.Null;

        switch (name)
        {
            case "enabled":
                bool? enabled = isNull ? null : value.ValueKind == JsonValueKind.True;
                steps.Add(change => change with { Enabled = enabled });
                return isNull || value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "must be true or false";
            case "severity":
                var severity = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
                steps.Add(change => change with { Severity = severity });
                return isNull || AlertSeverity.All.Contains(severity) ? null : $"must be one of {string.Join(", ", AlertSeverity.All)}";
            case "threshold" when kind.Threshold is { } bounds:
                double? threshold = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;
                steps.Add(change => change with { Threshold = threshold });
                return isNull || (threshold >= bounds.Min && threshold <= bounds.Max) ? null : $"must be a number from {bounds.Min} to {bounds.Max}";
            case "openAfterSec" when kind.OpenAfterSec is not null:
                var openAfter = Seconds(value);
                steps.Add(change => change with { OpenAfterSec = openAfter });
                return isNull || (openAfter >= kind.MinOpenAfterSec && openAfter <= MaxSec) ? null : $"must be a whole number from {kind.MinOpenAfterSec} to {MaxSec}";
            case "resolveAfterSec" when kind.ResolveAfterSec is not null:
                var resolveAfter = Seconds(value);
                steps.Add(change => change with { ResolveAfterSec = resolveAfter });
                return isNull || resolveAfter is >= 0 and <= MaxSec ? null : $"must be a whole number from 0 to {MaxSec}";
            default:
                return "is no member of this rule";
        }
    }

    private static int? Seconds(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) ? seconds : null;
}
