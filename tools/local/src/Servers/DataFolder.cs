using System.Security.Cryptography;
using System.Text;

namespace Coworking.Local;

/// <summary>Where a server keeps its data: a named folder that stays, or a private one that goes with the server.</summary>
internal sealed class DataFolder
{
    private DataFolder(string path, bool isPrivate) => (FullPath, IsPrivate) = (path, isPrivate);

    internal string FullPath { get; }

    internal bool IsPrivate { get; }

    internal static bool IsRoot => Environment.IsPrivilegedProcess;

    internal static DataFolder Open(string? named, string server)
    {
        if (named is not null)
        {
            return new DataFolder(Directory.CreateDirectory(named).FullName, isPrivate: false);
        }

        // A server that runs under another account must be able to pass through the folders above its own.
        var temporary = Path.GetTempPath();
        var above = OthersMayPass(temporary) ? temporary : "/tmp";
        var path = Path.Combine(above, $"coworking-{server}-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(path);
        // Set apart from the creation, which the caller's umask would narrow.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        return new DataFolder(path, isPrivate: true);
    }

    internal string At(string name) => Path.Combine(FullPath, name);

    /// <summary>A folder inside for a server that runs under another account; linked to a place below /var/lib where it could not get in.</summary>
    internal async Task<string> FolderForAsync(string account, string name, CancellationToken cancellationToken)
    {
        var folder = At(name);
        if (!OthersMayPass(FullPath))
        {
            var place = $"/var/lib/coworking-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12]}";
            if (new FileInfo(folder).LinkTarget != place)
            {
                // Whoever deletes the folder of a checkout expects an empty server afterwards.
                _ = await Tools.RunAsync(["rm", "-rf", "--", place, folder, At("initialised")], cancellationToken);
                Directory.CreateSymbolicLink(folder, place);
            }

            folder = place;
        }

        _ = await Tools.RunAsync(["install", "-d", "-o", account, "-g", account, "-m", "700", "--", folder], cancellationToken);
        _ = await Tools.RunAsync(["chown", "-R", $"{account}:", "--", folder], cancellationToken);
        return folder;
    }

    internal void DeletePrivate()
    {
        if (IsPrivate && Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }

    private static bool OthersMayPass(string path)
    {
        for (var folder = new DirectoryInfo(path); folder is not null; folder = folder.Parent)
        {
            if (!folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
