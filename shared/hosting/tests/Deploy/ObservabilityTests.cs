using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Hosting.Tests.Architecture;

namespace Coworking.Hosting.Tests.Deploy;

/// <summary>What is looked at is there: every query of a dashboard or an alert names metrics that the services emit.</summary>
public sealed partial class ObservabilityTests
{
    private static string Folder => Path.Combine(Code.Root, "deploy", "observability");

    [Theory]
    [InlineData("sum by (lease) (rate(jobs_runs_total{job=\"a{b\"}[$__rate_interval]))", "jobs_runs_total")]
    [InlineData("histogram_quantile(0.95, sum by (le, job) (rate(iot_lag_seconds_bucket[5m]))) > 2", "iot_lag_seconds_bucket")]
    [InlineData("60 * sum(a_total) / sum(b_total) or vector(0)", "a_total,b_total")]
    [InlineData("max(c{x=~\"1|2\"}) > 6e8 unless d offset 5m", "c,d")]
    public void Metrics_are_found_in_queries(string query, string names) => Assert.Equal(names.Split(','), MetricNames.In(query));

    [Fact]
    public async Task Every_query_of_the_dashboards_and_alerts_names_metrics_that_the_services_emit()
    {
        var ours = MetricNames.Ours();
        Assert.True(ours.Count > 30, $"Only {ours.Count} instruments were found");
        Assert.Contains(new MetricNames.Metric("iot.lag", "s", "Histogram"), ours);
        Assert.Contains(new MetricNames.Metric("iot.alerts.open", "{alert}", "ObservableGauge"), ours);
        Assert.Contains(new MetricNames.Metric("outbox.age", "s", "ObservableGauge"), ours);
        var frameworks = await MetricNames.FrameworksAsync(TestContext.Current.CancellationToken);
        var known = ours.Concat(frameworks).SelectMany(metric => metric.InPrometheus()).ToHashSet();
        var queries = Dashboards().Concat(Alerts()).ToList();
        Assert.True(queries.Count > 50, $"Only {queries.Count} queries were found");
        Assert.All(queries, query => Assert.NotEmpty(MetricNames.In(query.Expression)));
        ShapeTests.Nothing(queries.SelectMany(query => MetricNames.In(query.Expression).Where(name => !known.Contains(name)).Select(name => $"{query.Where}: {name}")).Distinct(), "a metric that nobody emits");
    }

    [Fact]
    public void Every_metric_of_ours_and_every_alert_is_answered_in_the_documentation()
    {
        var text = File.ReadAllText(Path.Combine(Code.Root, "docs", "observability.md"));
        ShapeTests.Nothing(MetricNames.Ours().Where(metric => !text.Contains($"`{metric.Name}`", StringComparison.Ordinal)).Select(metric => metric.Name).Distinct(), "not in docs/observability.md");
        ShapeTests.Nothing(AlertName().Matches(AlertFile()).Select(match => match.Groups["name"].Value).Where(name => !text.Contains($"`{name}`", StringComparison.Ordinal)), "not in docs/observability.md");
    }

    [Fact]
    public void No_attribute_has_a_name_that_Prometheus_gives_to_services()
    {
        var attributes = Code.Sources.Where(path => path.Contains("/src/", StringComparison.Ordinal)).SelectMany(path => Attribute().Matches(string.Join('\n', Code.Lines(path)))).Select(match => match.Groups["name"].Value).ToList();
        Assert.Contains("lease", attributes);
        Assert.DoesNotContain("job", attributes);
        Assert.DoesNotContain("instance", attributes);
    }

    private static IEnumerable<(string Where, string Expression)> Dashboards()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "dashboards"), "*.json"))
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));

            foreach (var panel in json.RootElement.GetProperty("panels").EnumerateArray())
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    yield return ($"{Path.GetFileName(file)}: {panel.GetProperty("title").GetString()}", target.GetProperty("expr").GetString()!);
                }
            }
        }
    }

    private static IEnumerable<(string Where, string Expression)> Alerts() => Expression().Matches(AlertFile()).Select(match => ("alerts.yml", match.Groups["query"].Value));

    private static string AlertFile() => File.ReadAllText(Path.Combine(Folder, "alerts.yml"));

    [GeneratedRegex("^ +expr: (?<query>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Expression();

    [GeneratedRegex("^ +- alert: (?<name>\\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex AlertName();

    [GeneratedRegex("KeyValuePair<string, object\\?>\\(\"(?<name>\\w+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Attribute();
}
