using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Coworking.Hosting.Tests.Architecture;

namespace Coworking.Hosting.Tests.Deploy;

/// <summary>The manifests of deploy/k8s against the code: what they set, where they knock and what they run is there. That they fit the schemas of their kinds, ./dev check says.</summary>
public sealed partial class ManifestTests
{
    // Section to the type that takes it.
    internal static readonly Dictionary<string, string> Sections = new()
    {
        ["Bus"] = "Coworking.Bus.BusOptions",
        ["Ingest"] = "Coworking.IotIngest.IotIngestOptions",
        ["Accounts"] = "Coworking.Gateway.Accounts.AccountOptions",
        ["Sessions"] = "Coworking.Gateway.Sessions.TokenOptions",
        ["Mail"] = "Coworking.Hosting.Mail.MailOptions",
        ["Mqtt"] = "Coworking.IotIngest.BrokerOptions",
        ["Reservations"] = "Coworking.Reservations.ReservationsOptions",
        ["Stop"] = "Coworking.Hosting.Stopping.StopOptions",
        ["Webhooks"] = "Coworking.Reservations.Webhooks.WebhookOptions",
    };

    private static string Folder => Path.Combine(Code.Root, "deploy", "k8s");

    [Fact]
    public void Every_environment_variable_is_a_setting_that_the_code_reads()
    {
        var names = Files().SelectMany(file => Variable().Matches(File.ReadAllText(file))).Select(match => match.Value).Distinct().ToList();
        Assert.True(names.Count > 15, $"Only {names.Count} variables were found");
        ShapeTests.Nothing(names.Where(name => !IsKnown(name.Split("__"))), "no setting");
    }

    [Fact]
    public void Probes_ports_and_addresses_are_those_of_the_services()
    {
        var health = File.ReadAllText(Path.Combine(Code.Root, "shared/hosting/src/Health/HealthSetup.cs"));
        var port = Regex.Match(Base("config.yaml"), "ASPNETCORE_URLS: http://\\*:(\\d+)").Groups[1].Value;
        Assert.NotEmpty(port);

        foreach (var service in (string[])["gateway", "reservations", "iot-ingest"])
        {
            var text = Base(service + ".yaml");
            var probes = Regex.Matches(text, "path: (/health\\S*)").Select(match => match.Groups[1].Value).ToList();
            Assert.Equal(["/health/live", "/health/live", "/health/ready"], probes);
            Assert.All(probes, path => Assert.Contains($"MapHealthChecks(\"{path}\"", health, StringComparison.Ordinal));
            Assert.Equal(port, Assert.Single(Regex.Matches(text, "containerPort: (\\d+)")).Groups[1].Value);
            Assert.Equal(port, Assert.Single(Regex.Matches(text, "^      port: (?<port>\\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)).Groups["port"].Value);
            Assert.Contains($"image: coworking/{service}\n", text, StringComparison.Ordinal);
        }

        Assert.All(Regex.Matches(Base("gateway.yaml"), "value: http://[\\w-]+:(\\d+)").ToList(), match => Assert.Equal(port, match.Groups[1].Value));
    }

    [Fact]
    public void A_pod_has_longer_to_stop_than_a_service_takes_and_its_delay_is_one_that_the_service_accepts()
    {
        var delay = TimeSpan.Parse(Regex.Match(Base("config.yaml"), "Stop__Delay: \"([\\d:]+)\"").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Folder, "base")).SelectMany(file => Regex.Matches(File.ReadAllText(file), "terminationGracePeriodSeconds: (\\d+)")),
            match => Assert.InRange(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), 15, 60));
    }

    [Fact]
    public void The_autoscaler_never_asks_for_more_replicas_than_there_are_partitions()
    {
        var options = Assembly.Load("Coworking.IotIngest").GetType("Coworking.IotIngest.IotIngestOptions", throwOnError: true)!;
        var partitions = (int)options.GetProperty("Partitions")!.GetValue(Activator.CreateInstance(options))!;
        Assert.InRange(int.Parse(Regex.Match(Base("iot-ingest.yaml"), "maxReplicas: (\\d+)").Groups[1].Value, CultureInfo.InvariantCulture), 2, partitions);
    }

    [Fact]
    public void The_schemas_are_brought_up_to_date_by_a_verb_that_exists_for_each_service()
    {
        var jobs = File.ReadAllText(Path.Combine(Folder, "migrate", "jobs.yaml"));
        Assert.Equal(3, Regex.Count(jobs, "args: \\[migrate\\]"));
        Assert.Contains("verb == \"migrate\"", File.ReadAllText(Path.Combine(Code.Root, "shared/hosting/src/ServiceDefaults.cs")), StringComparison.Ordinal);
    }

    private static bool IsKnown(string[] path) => path switch
    {
        ["ConnectionStrings", "Postgres"] or ["Identity", "SigningKey" or "PublicKey"] or ["Cors", "AllowedOrigins", _] => true,
        ["ReverseProxy", "Clusters", var cluster, "Destinations", _, "Address"] =>
            File.ReadAllText(Path.Combine(Code.Root, "services/gateway/src/routes.json")).Contains($"\"ClusterId\": \"{cluster}\"", StringComparison.Ordinal),
        [var section, var name, ..] => Sections.TryGetValue(section, out var type) && Code.Types.Single(candidate => candidate.FullName == type).GetProperty(name) is { CanWrite: true },
        _ => false,
    };

    private static string Base(string file) => File.ReadAllText(Path.Combine(Folder, "base", file));

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Where(file => !file.Contains("node_modules", StringComparison.Ordinal));

    [GeneratedRegex("""\b[A-Z][A-Za-z]+(__[A-Za-z0-9-]+)+\b""", RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();
}
