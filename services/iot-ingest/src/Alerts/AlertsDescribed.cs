using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Alerts;

/// <summary>A rule as it is answered; a member that its kind does not have is absent.</summary>
internal sealed record AlertRuleShown
{
    public bool Enabled { get; init; }

    /// <summary>In the unit of the metric; null where nobody has set one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Threshold { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OpenAfterSec { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ResolveAfterSec { get; init; }

    [AllowedValues(AlertSeverity.Warning, AlertSeverity.Critical)]
    public string Severity { get; init; } = "";
}

/// <summary>What somebody wants of a rule; null takes a member back to its default.</summary>
internal sealed record AlertRuleWish
{
    public bool? Enabled { get; init; }

    [Range(-80, 5000)]
    public double? Threshold { get; init; }

    [Range(0, 86_400)]
    public int? OpenAfterSec { get; init; }

    [Range(0, 86_400)]
    public int? ResolveAfterSec { get; init; }

    [AllowedValues(AlertSeverity.Warning, AlertSeverity.Critical)]
    public string? Severity { get; init; }
}

/// <summary>What the document says of alerts.</summary>
internal static class AlertsDescribed
{
    // A client of the house has no say in its alarms.
    private static readonly string[] NotForCustomers = [Roles.Admin, Roles.User, Roles.Reception, Roles.Specialist, Roles.Technician];

    private static readonly Refusal Resolved =
        new(StatusCodes.Status409Conflict, "alert.resolved", "The alert was resolved at 2026-01-31T09:20:00.000Z");

    private const string Row = """
        {"id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c10","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","kind":"CO2",
        "severity":"warning","status":"open","breachedSince":"2026-01-31T09:00:00.000Z","startedAt":"2026-01-31T09:05:00.000Z","lastTriggeredAt":"2026-01-31T09:06:00.000Z",
        "resolvedAt":null,"resolution":null,"note":null,"acknowledgedAt":null,"acknowledgedBy":null,"escalationLevel":0,
        "metaJson":{"value":1240,"threshold":1000,"unit":"ppm"},"createdAt":"2026-01-31T09:05:00.000Z"}
        """;

    private const string Rules = """
        {"CO2":{"enabled":true,"threshold":1000,"openAfterSec":300,"resolveAfterSec":120,"severity":"warning"},"SENSOR_ERROR":{"enabled":true,"openAfterSec":900,"severity":"warning"}}
        """;

    internal static readonly Operation OfSpace = new("Lists the alerts of a space, the newest first")
    {
        Gives = $"[{Row}]",
        Refuses = [SpaceRefusals.NotFound],
        Query =
        [
            Field.Flag("active", "true: only those that are not resolved"),
            Field.Word("kind", AlertKind.Names, "Only of this kind"),
            Field.Whole("limit", 1, 200, "How many at most", usual: 50),
        ],
    };

    internal static readonly Operation List = new("Lists alerts of all spaces, the newest first")
    {
        Gives = $$$"""{"data":[{{{Row}}}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}""",
        Query =
        [
            Field.Word("kind", AlertKind.Names, "Only of this kind"),
            Field.Word("severity", AlertSeverity.All, "Only as grave as this"),
            Field.Word("status", ["open", "acknowledged", "resolved"], "Only those that stand so"),
            Field.Uuid("spaceId", "Only of this space"),
            Field.Uuid("locationId", "Only of this location"),
        ],
    };

    internal static readonly Operation Get = new("Reads one alert") { Gives = Row, Refuses = [AlertRefusals.NotFound] };

    internal static readonly Operation Acknowledge = new("Says that somebody takes care of an alert")
    {
        Description = "A second time changes nothing, and is answered as the first. An acknowledged alert is not escalated.",
        Gives = Row,
        Refuses = [AlertRefusals.NotFound, Resolved],
        Roles = NotForCustomers,
    };

    internal static readonly Operation Resolve = new("Resolves an alert by hand")
    {
        Description = "It opens again only after another breach has held for its whole time.",
        Takes = """{"note":"The window was opened"}""",
        Gives = Row,
        Refuses = [AlertRefusals.NotFound, Resolved],
        Roles = NotForCustomers,
    };

    internal static readonly Operation GetRules = new("Reads the alert rules of a space as they are in force, by kind") { Gives = Rules, Refuses = [SpaceRefusals.NotFound] };

    internal static readonly Operation SetRules = new("Changes alert rules of a space")
    {
        Description = "Sets the named members of the named kinds; null takes one member, or a whole kind, back to its default. A rule that is switched off closes what it has open.",
        Takes = """{"CO2":{"threshold":900}}""",
        Gives = Rules,
        Refuses = [SpaceRefusals.NotFound, Refusal.Field("CO2.threshold", "CO2.threshold must be a number from 100 to 5000")],
    };
}
