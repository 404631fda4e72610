using System.Diagnostics;

namespace Coworking.Local.Tests;

/// <summary>The console tool as a process of its own, and a folder that goes with the test.</summary>
internal sealed class Machine : IDisposable
{
    internal string Folder { get; } = Directory.CreateTempSubdirectory("coworking-test-").FullName;

    // Below nohup, as people start things: what it makes processes ignore must not matter.
    internal static Process Tool(params string[] arguments)
    {
        var start = new ProcessStartInfo("nohup", ["dotnet", Path.Combine(AppContext.BaseDirectory, "Coworking.Local.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    /// <summary>A temporary folder is closed to other accounts, the server's included.</summary>
    internal void OpenToOthers() => File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | UnixFileMode.OtherExecute);

    internal string At(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
