using System.Security.Cryptography;

namespace Coworking.Local;

internal static class SecretFile
{
    internal static string Password() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    internal static string Keep(string file)
    {
        if (File.Exists(file))
        {
            return File.ReadAllText(file);
        }

        var password = Password();
        Write(file, password);
        return password;
    }

    internal static void Write(string file, string text)
    {
        // Moved into place whole: half a password after a crash would lock its data away.
        var unfinished = file + ".new";
        using (var writer = new StreamWriter(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            writer.Write(text);
        }

        File.Move(unfinished, file, overwrite: true);
    }
}
