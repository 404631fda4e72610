using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class AlertRuleTests
{
    private static readonly ClimateLimits Cold = new(2, 8, 90);

    [Fact]
    public void Every_kind_of_the_table_has_its_defaults() => Assert.Equal(
        """
        {"CO2":{"enabled":true,"threshold":1000,"openAfterSec":300,"resolveAfterSec":120,"severity":"warning"},
        "OCCUPANCY_MAX":{"enabled":true,"openAfterSec":120,"resolveAfterSec":60,"severity":"warning"},
        "OCCUPANCY_UNEXPECTED":{"enabled":true,"openAfterSec":600,"resolveAfterSec":300,"severity":"warning"},
        "HIGH_TEMP":{"enabled":true,"threshold":null,"openAfterSec":0,"resolveAfterSec":0,"severity":"critical"},
        "LOW_TEMP":{"enabled":true,"threshold":null,"openAfterSec":0,"resolveAfterSec":0,"severity":"critical"},
        "POWER_LOSS":{"enabled":true,"openAfterSec":0,"resolveAfterSec":0,"severity":"critical"},
        "DOOR_OPEN":{"enabled":true,"openAfterSec":300,"resolveAfterSec":0,"severity":"warning"},
        "LOW_BATTERY":{"enabled":true,"threshold":20,"openAfterSec":0,"resolveAfterSec":0,"severity":"warning"},
        "SENSOR_ERROR":{"enabled":true,"openAfterSec":900,"severity":"warning"},
        "TWIN_DIVERGENCE":{"enabled":true,"severity":"warning"}}
        """.ReplaceLineEndings(""),
        JsonSerializer.Serialize(AlertRuleEdit.Rows(Rooms.Plain().Rules)));

    [Fact]
    public void Twin_and_climate_say_what_the_default_is_and_a_rule_goes_before_them()
    {
        var rules = Rooms.Plain(threshold: 700, climate: Cold).Rules;
        Assert.Equal((700, 8, 2, 90), (rules[AlertKind.Co2].Threshold, rules[AlertKind.HighTemp].Threshold, rules[AlertKind.LowTemp].Threshold, rules[AlertKind.DoorOpen].OpenAfterSec));
        rules = Rooms.Plain(threshold: 700, climate: Cold, rules: new()
        {
            ["CO2"] = new(Threshold: 900),
            ["HIGH_TEMP"] = new(Threshold: 9.5),
            ["LOW_TEMP"] = new(Severity: "warning"),
            ["DOOR_OPEN"] = new(OpenAfterSec: 5),
        }).Rules;
        Assert.Equal((900, 9.5, 2, 5), (rules[AlertKind.Co2].Threshold, rules[AlertKind.HighTemp].Threshold, rules[AlertKind.LowTemp].Threshold, rules[AlertKind.DoorOpen].OpenAfterSec));
        Assert.Equal((9_500, "warning"), (rules[AlertKind.HighTemp].Limit, rules[AlertKind.LowTemp].Severity));
    }

    [Fact]
    public void An_edit_merges_and_null_takes_a_member_or_a_kind_back_to_its_default()
    {
        var changes = Edit("""{"CO2":{"threshold":900,"openAfterSec":60},"DOOR_OPEN":{"enabled":false}}""");
        Assert.Equal((new(Threshold: 900, OpenAfterSec: 60), new AlertRuleChange(Enabled: false)), (changes["CO2"], changes["DOOR_OPEN"]));
        changes = Edit("""{"CO2":{"threshold":null,"severity":"critical"}}""", changes);
        Assert.Equal((new(OpenAfterSec: 60, Severity: "critical"), new AlertRuleChange(Enabled: false)), (changes["CO2"], changes["DOOR_OPEN"]));
        changes = Edit("""{"CO2":null,"DOOR_OPEN":{}}""", changes);
        Assert.Equal(["DOOR_OPEN"], changes.Keys);
        Assert.Empty(Edit("""{"DOOR_OPEN":{"enabled":null}}""", changes));
        Assert.Empty(Edit("{}"));
    }

    [Fact]
    public void What_equals_the_default_is_no_deviation()
    {
        var space = Rooms.Plain(threshold: 700, climate: Cold);
        using var all = JsonDocument.Parse(JsonSerializer.Serialize(AlertRuleEdit.Rows(space.Rules)));
        var edit = AlertRuleEdit.Of(all.RootElement, out var refusal);
        Assert.Null(refusal);
        Assert.Empty(edit.On(space));
    }

    [Theory]
    [InlineData("CO2", "threshold", 100, 5000)]
    [InlineData("HIGH_TEMP", "threshold", -80, 125)]
    [InlineData("LOW_TEMP", "threshold", -80, 125)]
    [InlineData("LOW_BATTERY", "threshold", 1, 95)]
    [InlineData("CO2", "openAfterSec", 0, 86_400)]
    [InlineData("OCCUPANCY_MAX", "resolveAfterSec", 0, 86_400)]
    [InlineData("SENSOR_ERROR", "openAfterSec", 60, 86_400)]
    public void A_member_has_bounds(string kind, string member, int min, int max)
    {
        foreach (var good in (int[])[min, max])
        {
            Assert.Null(Refused($"{{\"{kind}\":{{\"{member}\":{good}}}}}"));
        }

        foreach (var bad in (string[])[$"{min - 1}", $"{max + 1}", "1e400", "\"60\"", "true", "[]", "{}"])
        {
            Assert.Equal([$"{kind}.{member}"], Refused($"{{\"{kind}\":{{\"{member}\":{bad}}}}}"));
        }
    }

    [Theory]
    [InlineData("""{"NOISE":{"enabled":true}}""", "NOISE")]
    [InlineData("""{"co2":{"enabled":true}}""", "co2")]
    [InlineData("""{"CO2":5}""", "CO2")]
    [InlineData("""{"CO2":[]}""", "CO2")]
    [InlineData("""{"CO2":{"limit":5}}""", "CO2.limit")]
    [InlineData("""{"CO2":{"enabled":1}}""", "CO2.enabled")]
    [InlineData("""{"CO2":{"severity":"fatal"}}""", "CO2.severity")]
    [InlineData("""{"CO2":{"openAfterSec":1.5}}""", "CO2.openAfterSec")]
    [InlineData("""{"OCCUPANCY_MAX":{"threshold":5}}""", "OCCUPANCY_MAX.threshold")]
    [InlineData("""{"POWER_LOSS":{"threshold":null}}""", "POWER_LOSS.threshold")]
    [InlineData("""{"SENSOR_ERROR":{"resolveAfterSec":5}}""", "SENSOR_ERROR.resolveAfterSec")]
    [InlineData("""{"TWIN_DIVERGENCE":{"openAfterSec":5}}""", "TWIN_DIVERGENCE.openAfterSec")]
    [InlineData("""{"CO2":{"threshold":1},"DOOR_OPEN":{"openAfterSec":-1}}""", "CO2.threshold,DOOR_OPEN.openAfterSec")]
    public void A_refusal_names_what_is_wrong(string json, string fields) => Assert.Equal(fields.Split(','), Refused(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("5")]
    public void Rules_are_an_object_by_kind(string json)
    {
        using var request = JsonDocument.Parse(json);
        AlertRuleEdit.Of(request.RootElement, out var refusal);
        Assert.Equal(400, refusal!.Status);
    }

    [Theory]
    [InlineData("""{"LOW_TEMP":{"threshold":8}}""", true)]
    [InlineData("""{"LOW_TEMP":{"threshold":7.999}}""", false)]
    [InlineData("""{"HIGH_TEMP":{"threshold":2}}""", true)]
    [InlineData("""{"LOW_TEMP":{"threshold":30},"HIGH_TEMP":{"threshold":40}}""", false)]
    [InlineData("""{"CO2":{"threshold":800}}""", false)]
    public void Limits_of_temperature_leave_something_between_them(string json, bool isRefused)
    {
        using var request = JsonDocument.Parse(json);
        var space = Rooms.Plain(climate: Cold);
        var edit = AlertRuleEdit.Of(request.RootElement, out _);
        Assert.Equal(isRefused, edit.Refuse(AlertRules.Of(edit.On(space), space.Co2ThresholdPpm, space.Climate)) is not null);
    }

    private static Dictionary<string, AlertRuleChange> Edit(string json, Dictionary<string, AlertRuleChange>? before = null)
    {
        using var request = JsonDocument.Parse(json);
        var edit = AlertRuleEdit.Of(request.RootElement, out var refusal);
        Assert.Null(refusal);
        Space space = Rooms.Plain(rules: before);
        return edit.On(space);
    }

    private static IEnumerable<string>? Refused(string json)
    {
        using var request = JsonDocument.Parse(json);
        AlertRuleEdit.Of(request.RootElement, out var refusal);
        Assert.True(refusal is null || refusal.Status == 400);
        return refusal?.Errors!.Keys;
    }
}
