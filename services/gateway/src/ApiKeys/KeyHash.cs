using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.ApiKeys;

/// <summary>SHA-256 of a key. Keys are looked up by it: what a comparison's time tells about a hash helps nobody to find a key.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Longer ones are refused unread; ours have 79 characters.</summary>
    internal const int MaxKeyLength = 256;

    /// <summary>The hash of a presented key; false for what can be no key.</summary>
    internal static bool TryOf(StringValues presented, out KeyHash hash)
    {
        hash = default;

        if (!IsShort(presented))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxKeyLength];

        if (Ascii.FromUtf16(presented[0], bytes, out var length) != OperationStatus.Done)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], digest);
        hash = MemoryMarshal.Read<KeyHash>(digest);
        return true;
    }

    /// <summary>One text, of a length that a key may have.</summary>
    internal static bool IsShort(StringValues presented) => presented.Count == 1 && presented[0] is { Length: >= 1 and <= MaxKeyLength };

    internal static KeyHash Of(string key) => TryOf(key, out var hash) ? hash : throw new ArgumentException("A key has 1 to 256 ASCII characters", nameof(key));

    internal static KeyHash From(byte[] digest) => MemoryMarshal.Read<KeyHash>(digest);

    /// <summary>From the payload of a notification; false for anything but 64 hexadecimal digits.</summary>
    internal static bool TryParse(string? hex, out KeyHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];

        if (hex?.Length != 2 * SHA256.HashSizeInBytes || Convert.FromHexString(hex, digest, out _, out _) != OperationStatus.Done)
        {
            hash = default;
            return false;
        }

        hash = MemoryMarshal.Read<KeyHash>(digest);
        return true;
    }

    internal byte[] ToArray() => MemoryMarshal.AsBytes(new ReadOnlySpan<KeyHash>(in this)).ToArray();

    /// <summary>The digest is as good as random already.</summary>
    public override int GetHashCode() => (int)A;
}
