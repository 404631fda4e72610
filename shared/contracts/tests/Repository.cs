namespace Coworking.Contracts.Tests;

/// <summary>Files of the working copy that the tests run in.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    internal static string At(params string[] path) => Path.Combine([Root, .. path]);

    private static string Find()
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
