using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Coworking.Hosting.Tests.Architecture;
using Microsoft.Extensions.Configuration;

namespace Coworking.Hosting.Tests.Deploy;

/// <summary>The tables of docs/operations.md against the code: every setting that is read stands there with its default, and nothing else does.</summary>
public sealed partial class SettingsTests
{
    // What the framework reads, and addresses that routes.json leaves open.
    private static readonly string[] Frameworks = ["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_URLS", "OTEL_EXPORTER_OTLP_ENDPOINT", "ConnectionStrings__Postgres", "ReverseProxy__Clusters"];

    [Fact]
    public void Every_setting_that_the_code_reads_is_told_of_and_nothing_else()
    {
        var told = Told().Select(row => Name(row.Variable)).Distinct().Order(StringComparer.Ordinal).ToList();
        var read = Bound().Select(setting => setting.Variable).Concat(Limits().Keys).Concat(Literals()).Distinct().ToList();
        Assert.True(read.Count > 50, $"Only {read.Count} settings were found");
        Assert.Contains("Tls__RedirectTo", read);
        Assert.Contains("Ingest__Partitions", read);
        ShapeTests.Nothing(read.Except(told), "settings without a line in docs/operations.md");
        ShapeTests.Nothing(told.Except(read).Except(Frameworks), "lines in docs/operations.md that no code reads");
    }

    [Fact]
    public void A_default_in_the_document_is_the_default_in_the_code()
    {
        var told = Told().ToLookup(row => Name(row.Variable), row => row.Default);
        var defaults = Bound().Where(setting => setting.Default is not null).ToDictionary(setting => setting.Variable, setting => setting.Default!);
        Limits().ToList().ForEach(limit => defaults[limit.Key] = limit.Value);
        Assert.True(defaults.Count > 20, $"Only {defaults.Count} defaults were found");
        ShapeTests.Nothing(
            defaults
                .Where(one => told[one.Key].All(text => !text.Replace("`", "", StringComparison.Ordinal).Contains(one.Value, StringComparison.Ordinal)))
                .Select(one => $"{one.Key}: {one.Value}"),
            "defaults that docs/operations.md tells otherwise");
    }

    /// <summary>Variables of the first column, with the column before the last; a cell may name several.</summary>
    private static IEnumerable<(string Variable, string Default)> Told() =>
        from line in File.ReadLines(Path.Combine(Code.Root, "docs", "operations.md"))
        let cells = line.Split(" | ")
        where cells.Length >= 3 && line.StartsWith("| `", StringComparison.Ordinal)
        from match in Variable().Matches(cells[0])
        select (match.Groups["name"].Value, cells[^2].Trim());

    // Elements of lists are told as __0, __1 and so on; every cluster is one setting.
    private static string Name(string variable) =>
        variable.StartsWith("ReverseProxy__Clusters", StringComparison.Ordinal) ? "ReverseProxy__Clusters" : Element().Replace(variable, "");

    /// <summary>What configuration writes into types; without a default where one has to be given or none is there.</summary>
    private static IEnumerable<(string Variable, string? Default)> Bound() =>
        from section in ManifestTests.Sections
        let type = Code.Types.Single(candidate => candidate.FullName == section.Value)
        let options = type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(type)
        from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
        where property.CanWrite && !ManifestTests.Sections.ContainsValue(property.PropertyType.FullName!)
        select ($"{section.Key}__{property.Name}", options is null ? null : Text(property.GetValue(options)));

    /// <summary>The gateway reads its limits by their names.</summary>
    private static Dictionary<string, string> Limits()
    {
        var found = new Dictionary<string, string>();
        var nothing = new ConfigurationBuilder().Build();

        foreach (var (type, arguments) in new (string, object[])[] { ("LimitOptions", [nothing, false]), ("OpenOptions", [nothing]) })
        {
            var options = Code.Types.Single(candidate => candidate.FullName == "Coworking.Gateway.Limits." + type);
            const BindingFlags Hidden = BindingFlags.Static | BindingFlags.NonPublic;
            var names = (string[])options.GetField("Names", Hidden)!.GetValue(null)!;
            var value = options.GetMethod("Of", Hidden)!.Invoke(null, arguments)!;
            var values = options.GetConstructors().Single().GetParameters().Select(parameter => options.GetProperty(parameter.Name!)!.GetValue(value)!).ToList();

            // The lifetime of a stream is the last, and no number among the names.
            foreach (var (name, at) in names.Append("StreamLifetime").Take(values.Count).Select((name, at) => (name, at)))
            {
                var number = values[at].GetType().GetProperty("PerMinute", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(values[at]) ?? values[at];
                found["Limits__" + name] = Text(number)!;
            }
        }

        return found;
    }

    /// <summary>Names that stand in the sources of services and shared parts, where they are asked for.</summary>
    private static IEnumerable<string> Literals() =>
        from source in Code.Sources
        where (source.StartsWith("services/", StringComparison.Ordinal) || source.StartsWith("shared/", StringComparison.Ordinal)) && !Code.IsTest(source)
        from match in Asked().Matches(File.ReadAllText(Path.Combine(Code.Root, source)))
        select match.Groups["name"].Value.Replace(":", "__", StringComparison.Ordinal);

    private static string? Text(object? value) => value switch
    {
        null or "" => null,
        bool one => one ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    [GeneratedRegex("`(?<name>[A-Z]\\w*(__[\\w-]+)+|[A-Z]+(_[A-Z]+)+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();

    [GeneratedRegex("__\\d+$")]
    private static partial Regex Element();

    [GeneratedRegex("""[cC]onfiguration(\[|\.GetSection\(|\.GetValue\()"(?<name>[A-Z]\w+(:[A-Z]\w+)+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Asked();
}
