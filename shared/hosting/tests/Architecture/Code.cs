using System.Reflection;
using System.Runtime.CompilerServices;

namespace Coworking.Hosting.Tests.Architecture;

/// <summary>The assemblies and source files that the rules of the house are checked against.</summary>
internal static class Code
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", ".git", ".local", "TestResults"];

    internal static readonly string[] Libraries = ["Coworking.Bus", "Coworking.Contracts", "Coworking.Hosting", "Coworking.Mqtt"];

    internal static readonly string[] Services = ["Coworking.Gateway", "Coworking.Reservations", "Coworking.IotIngest"];

    internal static string Root { get; } = FindRoot();

    internal static IReadOnlyList<Assembly> Assemblies { get; } = [.. Libraries.Concat(Services).Append("Coworking.Local").Select(Assembly.Load)];

    /// <summary>Types that a person wrote: no closures, state machines or generated helpers.</summary>
    internal static IReadOnlyList<Type> Types { get; } = [.. Assemblies.SelectMany(assembly => assembly.GetTypes()).Where(IsWritten)];

    /// <summary>Every C# file of the repository, tests included, by its path from the root.</summary>
    internal static IReadOnlyList<string> Sources { get; } = [.. Walk(Root, ".cs").Order(StringComparer.Ordinal)];

    internal static IReadOnlyList<string> Projects { get; } = [.. Walk(Root, ".csproj").Order(StringComparer.Ordinal)];

    internal static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    internal static bool IsMigration(string path) => path.Contains("/Migrations/", StringComparison.Ordinal);

    internal static bool IsTest(string path) => path.Contains("/tests/", StringComparison.Ordinal) || path.StartsWith("tests/", StringComparison.Ordinal);

    internal static bool IsWritten(Type type) =>
        type.GetCustomAttribute<CompilerGeneratedAttribute>() is null
        && !type.Name.Contains('<', StringComparison.Ordinal)
        && (type.DeclaringType is null ? type.Namespace?.StartsWith("Coworking", StringComparison.Ordinal) == true : IsWritten(type.DeclaringType));

    private static IEnumerable<string> Walk(string folder, string ending) =>
        Directory.EnumerateFiles(folder, "*" + ending).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Concat(Directory.EnumerateDirectories(folder).Where(below => !NotOurs.Contains(Path.GetFileName(below))).SelectMany(below => Walk(below, ending)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Coworking.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Coworking.sln above {AppContext.BaseDirectory}");
    }
}
