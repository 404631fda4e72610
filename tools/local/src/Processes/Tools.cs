using System.Diagnostics;

namespace Coworking.Local;

/// <summary>Programs of the machine: where they are, and running one to its end.</summary>
internal static class Tools
{
    // Debian keeps servers outside an ordinary user's PATH.
    private static readonly string[] Extra = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(Extra)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>For the short ones, which end by themselves; whatever runs longer is a <see cref="ChildProcess"/>.</summary>
    internal static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            // The caller's folder may be closed to the account that the program runs as.
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"No process for {command[0]}");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with code {process.ExitCode}: {await output}{await errors}");
    }
}
