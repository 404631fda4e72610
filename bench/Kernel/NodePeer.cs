using Coworking.Local;

namespace Coworking.Bench;

/// <summary>A peer's packages, installed below .local by npm as it is set up on this machine.</summary>
internal static class NodePeer
{
    /// <returns>The folder to run it from.</returns>
    public static async Task<string> InstallAsync(CancellationToken cancellationToken, string name = "node")
    {
        var source = Path.Combine(Repository.Root, "bench", "peers", name);
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, ".local", "bench", name)).FullName;

        foreach (var file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        var stamp = Path.Combine(folder, "node_modules", ".package-lock.json");

        if (!File.Exists(stamp) || File.GetLastWriteTimeUtc(stamp) < File.GetLastWriteTimeUtc(Path.Combine(source, "package-lock.json")))
        {
            await Peer.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--silent"], TimeSpan.FromMinutes(5), cancellationToken);
        }

        return folder;
    }
}
