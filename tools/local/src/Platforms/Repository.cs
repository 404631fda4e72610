namespace Coworking.Local;

/// <summary>The checkout this assembly was built in: where built programs lie and local data is kept.</summary>
public static class Repository
{
    private static readonly Lazy<string> Found = new(() =>
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Coworking.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Coworking.sln above {AppContext.BaseDirectory}");
    });

    public static string Root => Found.Value;

    /// <summary>Release or Debug, as this assembly was built: programs built together are run together.</summary>
    internal static string Configuration { get; } =
        AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";

    internal static string Local(params string[] parts) => Path.Combine([Root, ".local", .. parts]);

    /// <summary>Path of a built program's dll; throws when it was not built.</summary>
    internal static string Built(string folder, string assembly, string configuration)
    {
        var dll = Path.Combine(Root, folder, "src/bin", configuration, "net10.0", assembly + ".dll");
        return File.Exists(dll) ? dll : throw new InvalidOperationException($"{dll} is missing. Build it: dotnet build -c {configuration}");
    }

    /// <summary>The dotnet command that runs this process or, from a test's own host, the one in PATH.</summary>
    internal static string DotnetCommand => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
