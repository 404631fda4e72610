using System.Text.Unicode;

namespace Coworking.Gateway.Http;

/// <summary>
/// Whether the address of a request says the same to everyone who reads it. Kestrel leaves in the path, undecoded, what it cannot decode, and so would hand on
/// something else than was sent.
/// </summary>
internal static class RequestTarget
{
    private const int OnStack = 512;

    /// <param name="path">As sent.</param>
    /// <returns>True where each % begins two hexadecimal digits, what they say is UTF-8, and none of it is NUL.</returns>
    internal static bool IsWellFormed(ReadOnlySpan<char> path)
    {
        Span<byte> bytes = path.Length <= OnStack ? stackalloc byte[OnStack] : new byte[path.Length];
        var length = 0;

        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] != '%')
            {
                // Kestrel takes no others.
                bytes[length++] = (byte)path[i];
            }
            else if (i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]))
            {
                bytes[length++] = (byte)((Digit(path[i + 1]) << 4) | Digit(path[i + 2]));
                i += 2;
            }
            else
            {
                return false;
            }
        }

        return Utf8.IsValid(bytes[..length]) && !bytes[..length].Contains((byte)0);
    }

    private static int Digit(char hex) => char.IsAsciiDigit(hex) ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
