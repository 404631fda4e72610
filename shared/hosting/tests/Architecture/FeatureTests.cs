using System.Reflection;

namespace Coworking.Hosting.Tests.Architecture;

/// <summary>A feature folder keeps to itself: another feature's use cases are never called, and what else it takes from another is named here with its reason.</summary>
public sealed class FeatureTests
{
    // Rooms of a service that every feature may use, and that may use features.
    private static readonly string[] Shared = ["", "Http", "Messaging", "Database", "Demo"];

    // service: from -> to, because …
    private static readonly Dictionary<string, string> Known = new()
    {
    };

    [Fact]
    public void A_use_case_is_called_by_nobody_outside_its_feature()
    {
        var useCases = Code.Types.Where(type => Code.Services.Contains(type.Assembly.GetName().Name) && type.GetMethod("Handle", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public) is not null).ToHashSet();
        Assert.True(useCases.Count > 10, $"Only {useCases.Count} use cases were found");
        ShapeTests.Nothing(
            Uses().Where(use => Feature(use.From) != Feature(use.To) && useCases.Contains(use.To) && Feature(use.From) != "").Select(use => $"{use.From.FullName} -> {use.To.FullName}"),
            "calls another feature's use case");
    }

    [Fact]
    public void A_feature_takes_from_another_only_what_is_named_here()
    {
        var edges = Uses()
            .Where(use => Feature(use.From) != Feature(use.To) && !Shared.Contains(Feature(use.From)) && !Shared.Contains(Feature(use.To)))
            .GroupBy(use => $"{use.From.Assembly.GetName().Name!["Coworking.".Length..]}: {Feature(use.From)} -> {Feature(use.To)}")
            .ToDictionary(edge => edge.Key, edge => edge.Select(use => $"{use.From.Name} uses {use.To.Name}").Distinct().Order(StringComparer.Ordinal));
        Assert.True(Code.Types.Count(type => !Shared.Contains(Feature(type))) > 30, "Too few types lie in feature folders");
        ShapeTests.Nothing(edges.Where(edge => !Known.ContainsKey(edge.Key)).Select(edge => $"{edge.Key} ({string.Join("; ", edge.Value)})"), "reaches into another feature");
        ShapeTests.Nothing(Known.Keys.Except(edges.Keys), "is named here and no longer true");
    }

    private static IEnumerable<(Type From, Type To)> Uses()
    {
        foreach (var type in Code.Types.Where(type => type.DeclaringType is null && Code.Services.Contains(type.Assembly.GetName().Name)))
        {
            foreach (var used in TypeUse.Of(type).Where(used => used.Assembly == type.Assembly))
            {
                yield return (type, used);
            }
        }
    }

    /// <summary>The folder of a service in which a type lies; empty for its root.</summary>
    private static string Feature(Type type)
    {
        var parts = (type.Namespace ?? "").Split('.');
        return parts.Length > 2 ? parts[2] : "";
    }
}
