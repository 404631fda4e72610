using System.Text.RegularExpressions;

namespace Coworking.Local;

internal static partial class Log
{
    internal static string Tail(string? file, int lines)
    {
        if (file is null || !File.Exists(file))
        {
            return "(no log)";
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        // A server that fails in a loop can fill a disk with its log; a message needs the end only.
        reader.BaseStream.Seek(-Math.Min(reader.BaseStream.Length, 64 * 1024), SeekOrigin.End);
        var tail = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines);
        return Colours().Replace(string.Join('\n', tail), "");
    }

    [GeneratedRegex(@"\e\[[0-9;]*m", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Colours();
}
