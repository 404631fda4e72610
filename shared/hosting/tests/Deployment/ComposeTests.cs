using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Coworking.Hosting.Mail;
using Coworking.Hosting.Tests.Architecture;

namespace Coworking.Hosting.Tests.Deployment;

/// <summary>What deploy/ and the Dockerfiles say, held against the code.</summary>
public sealed partial class ComposeTests
{
    // Settings that the code reads by their names, and those of the framework; every other one has to be a member of the options of its section.
    private static readonly string[] ByName =
        ["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_HTTP_PORTS", "OTEL_EXPORTER_OTLP_ENDPOINT", "ConnectionStrings__Postgres", "Identity__SigningKey", "Identity__PublicKey"];

    private static readonly Dictionary<string, Type[]> Sections = new()
    {
        ["Bus"] = [Type("Coworking.Bus", "Coworking.Bus.BusOptions")],
        ["Accounts"] = [Type("Coworking.Gateway", "Coworking.Gateway.Accounts.AccountOptions")],
        ["Sessions"] = [Type("Coworking.Gateway", "Coworking.Gateway.Sessions.TokenOptions")],
        ["Mail"] = [typeof(MailOptions)],
        ["Stop"] = [Type("Coworking.Hosting", "Coworking.Hosting.Stopping.StopOptions")],
        ["Mqtt"] = [Type("Coworking.IotIngest", "Coworking.IotIngest.BrokerOptions")],
        ["Ingest"] = [Type("Coworking.IotIngest", "Coworking.IotIngest.IotIngestOptions")],
        ["Reservations"] = [Type("Coworking.Reservations", "Coworking.Reservations.ReservationsOptions")],
    };

    private static readonly string[] Limits = ["mem_limit", "cpus", "pids_limit", "stop_grace_period", "restart"];

    private static readonly string[] Ours = ["gateway", "reservations", "iot-ingest", "simulator"];

    [Fact]
    public void Every_setting_exists_in_the_code()
    {
        var names = ComposeFile.Services.Where(service => Ours.Any(our => service.Key.StartsWith(our, StringComparison.Ordinal)))
            .SelectMany(service => ComposeFile.Map(service.Value, "environment").Keys.Cast<string>()).Distinct().ToList();
        Assert.True(names.Count > 15, $"Only {names.Count} settings were found");
        ShapeTests.Nothing(names.Where(name => !Exists(name)), "a setting that nobody reads");
    }

    [Fact]
    public void Every_variable_stands_in_the_example_and_every_one_of_the_example_is_used()
    {
        var example = EnvironmentExample.Read().Keys.ToList();
        var used = ComposeFile.Variables().ToList();
        Assert.True(used.Count > 15, $"Only {used.Count} variables were found");
        // What has a default that few need to change is explained in docs/containers.md alone.
        ShapeTests.Nothing(used.Except(example).Except(["POSTGRES_CPUS"]), "not in deploy/.env.example");
        ShapeTests.Nothing(example.Except(used).Where(name => !name.StartsWith("COMPOSE_", StringComparison.Ordinal)), "in deploy/.env.example, and not used");
    }

    [Fact]
    public void Every_container_is_shut_in_bounded_and_watched()
    {
        Assert.True(ComposeFile.Services.Count >= 10, $"Only {ComposeFile.Services.Count} services were found");

        foreach (var (name, service) in ComposeFile.Services)
        {
            Assert.Matches(@"^[a-z0-9./-]+:[^:]+$", ComposeFile.Value(service, "image")!.Replace("${VERSION:-0.1.0}", "1", StringComparison.Ordinal));
            Assert.DoesNotContain(":latest", ComposeFile.Value(service, "image"), StringComparison.Ordinal);
            Assert.Equal("true", ComposeFile.Value(service, "read_only"));
            Assert.Equal(["ALL"], ComposeFile.List(service, "cap_drop"));
            Assert.Equal(["no-new-privileges:true"], ComposeFile.List(service, "security_opt"));
            Assert.All(Limits, limit => Assert.True(service.ContainsKey(limit), $"{name} has no {limit}"));
            var logging = ComposeFile.Map(ComposeFile.Map(service, "logging"), "options");
            Assert.True(logging.ContainsKey("max-size") && logging.ContainsKey("max-file"), $"{name} logs without an end");
            Assert.False(service.ContainsKey("container_name"), $"{name} could not be scaled");
        }

        Assert.All(ComposeFile.Running, service => Assert.True(service.Value.ContainsKey("healthcheck"), $"{service.Key} has no health check"));
        Assert.False(ComposeFile.Root.ContainsKey("name"));
        Assert.False(ComposeFile.Root.ContainsKey("version"));
    }

    [Fact]
    public void Only_the_gateway_and_MQTT_are_published() => Assert.Equal(
        ["gateway: ${GATEWAY_PORT:-8080}:8080", "mosquitto: ${MQTT_PORT:-1883}:1883"],
        ComposeFile.Services.SelectMany(service => ComposeFile.List(service.Value, "ports").Select(port => $"{service.Key}: {port}")).Order(StringComparer.Ordinal));

    [Fact]
    public void Services_wait_for_their_migration_and_have_longer_to_stop_than_they_take()
    {
        foreach (var service in Ours.Where(name => name != "simulator"))
        {
            var waits = ComposeFile.Map(ComposeFile.Services[service], "depends_on");
            Assert.Equal("service_completed_successfully", ComposeFile.Map(waits, $"{service}-migrate")["condition"]);
            Assert.Equal("15s", ComposeFile.Value(ComposeFile.Services[service], "stop_grace_period"));
            Assert.Equal(ComposeFile.Value(ComposeFile.Services[service], "image"), ComposeFile.Value(ComposeFile.Services[$"{service}-migrate"], "image"));
        }
    }

    [Fact]
    public void Images_run_as_nobody_without_a_shell_and_restore_before_they_copy_code()
    {
        var files = Code.Projects.Select(project => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(project))!, "Dockerfile")).Where(file => File.Exists(Path.Combine(Code.Root, file))).Distinct().ToList();
        Assert.Equal(Ours.Length, files.Count);

        foreach (var file in files)
        {
            var lines = Code.Lines(file);
            var from = lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)).ToList();
            Assert.Equal(["FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build", "FROM mcr.microsoft.com/dotnet/aspnet:10.0"], from);
            Assert.Contains("USER $APP_UID", lines);
            ShapeTests.Nothing(lines.Where(line => ShellForm().IsMatch(line)), $"{file}: through a shell, or what only the newer builder knows");
            Assert.Contains(lines, line => line.StartsWith("LABEL ", StringComparison.Ordinal) && line.Contains("image.version", StringComparison.Ordinal) && line.Contains("image.revision", StringComparison.Ordinal));
            var folder = $"{Path.GetDirectoryName(file)}/src";
            var project = Code.Projects.Single(one => one.StartsWith(folder + "/", StringComparison.Ordinal));
            var restored = lines.TakeWhile(line => !line.StartsWith("RUN", StringComparison.Ordinal)).Select(line => line.Split(' ')).Where(word => word[0] == "COPY").Select(word => word[1]);
            Assert.Equal(Closure(project).Order(StringComparer.Ordinal), restored.Where(one => one.EndsWith(".csproj", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.Contains(lines, line => line == $"ENTRYPOINT [\"dotnet\", \"/app/{Path.GetFileNameWithoutExtension(project)}.dll\"]");
        }
    }

    [Fact]
    public void Each_service_may_say_on_the_bus_what_it_says_and_no_more()
    {
        var rights = File.ReadAllText(Path.Combine(Code.Root, "deploy/rabbitmq/start.sh"));
        var write = Write().Matches(rights).ToDictionary(match => match.Groups["user"].Value, match => new Regex(match.Groups["write"].Value, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(60)));
        Assert.Equal(["iot-ingest", "observer", "reservations"], write.Keys.Order(StringComparer.Ordinal));
        var exchanges = ((System.Collections.IEnumerable)Type("Coworking.Contracts", "Coworking.Contracts.MessageNames").GetProperty("Exchanges")!.GetValue(null)!).Cast<object>()
            .Select(pair => (string)pair.GetType().GetProperty("Value")!.GetValue(pair)!).ToList();
        Assert.True(exchanges.Count > 10);
        Assert.DoesNotContain(exchanges, write["observer"].IsMatch);
        // Exactly one owner each; everybody may ask for a snapshot.
        Assert.All(exchanges, exchange => Assert.Equal(exchange == "coworking:snapshot-requested" ? 2 : 1, write.Values.Count(may => may.IsMatch(exchange))));
        Assert.False(write["reservations"].IsMatch("iot-ingest-spaces") || write["iot-ingest"].IsMatch("reservations-alerts"));
    }

    private static bool Exists(string name)
    {
        if (ByName.Contains(name) || name.StartsWith("ReverseProxy__Clusters__", StringComparison.Ordinal))
        {
            return true;
        }

        return name.Split("__") is [var section, var member, ..] && Sections.TryGetValue(section, out var types) && types.Any(type => type.GetProperty(member, BindingFlags.Public | BindingFlags.Instance) is not null);
    }

    private static Type Type(string assembly, string name) => Assembly.Load(assembly).GetType(name, throwOnError: true)!;

    /// <summary>The project and all that it refers to.</summary>
    private static HashSet<string> Closure(string project)
    {
        var all = new HashSet<string> { project };

        foreach (var reference in XDocument.Load(Path.Combine(Code.Root, project)).Descendants("ProjectReference").Select(one => one.Attribute("Include")!.Value))
        {
            all.UnionWith(Closure(Path.GetRelativePath(Code.Root, Path.GetFullPath(Path.Combine(Code.Root, Path.GetDirectoryName(project)!, reference)))));
        }

        return all;
    }

    [GeneratedRegex(@"^(RUN|CMD|ENTRYPOINT)\s+[^\[\s]|HEALTHCHECK.*CMD\s+[^\[\s]|--mount|curl|wget", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ShellForm();

    [GeneratedRegex("""
        "user": "(?<user>[a-z-]+)".*?"write": "(?<write>[^"]+)"
        """, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Write();
}
