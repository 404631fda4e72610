using System.Text.RegularExpressions;
using Coworking.Hosting.Tests.Architecture;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using Node = System.Collections.Generic.Dictionary<object, object>;

namespace Coworking.Hosting.Tests.Deployment;

/// <summary>deploy/docker-compose.yml, its anchors merged.</summary>
internal static partial class ComposeFile
{
    internal static string Text { get; } = File.ReadAllText(Path.Combine(Code.Root, "deploy/docker-compose.yml"));

    internal static Node Root { get; } = new DeserializerBuilder().Build().Deserialize<Node>(new MergingParser(new Parser(new StringReader(Text))));

    internal static IReadOnlyDictionary<string, Node> Services { get; } = ((Node)Root["services"]).ToDictionary(service => (string)service.Key, service => (Node)service.Value);

    /// <summary>Those that run on; the others are jobs.</summary>
    internal static IEnumerable<KeyValuePair<string, Node>> Running => Services.Where(service => Value(service.Value, "restart") != "no");

    internal static string? Value(Node service, string name) => service.TryGetValue(name, out var value) ? value as string : null;

    internal static List<string> List(Node service, string name) => service.TryGetValue(name, out var value) ? [.. ((List<object>)value).Cast<string>()] : [];

    internal static Node Map(Node service, string name) => service.TryGetValue(name, out var value) ? (Node)value : [];

    /// <summary>The variables that stand in the file.</summary>
    internal static IEnumerable<string> Variables() => Variable().Matches(Text).Select(match => match.Groups["name"].Value).Distinct();

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>[A-Z_]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Variable();
}
