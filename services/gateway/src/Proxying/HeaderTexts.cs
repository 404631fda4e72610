using System.Text;

namespace Coworking.Gateway.Proxying;

/// <summary>Names and values of header fields as strings: services send the same ones over and over.</summary>
internal static class HeaderTexts
{
    // More than services have; what falls on another's place takes it.
    private const int Places = 1024;

    // A value that is longer is one's own: an identity, an address.
    private const int MaxLength = 64;

    private static readonly Known?[] Texts = new Known?[Places];

    /// <summary>In Latin-1, as the framework's client reads them.</summary>
    internal static string Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxLength)
        {
            return Encoding.Latin1.GetString(bytes);
        }

        ref var place = ref Texts[Hash(bytes) % Places];

        if (Volatile.Read(ref place) is { } known && bytes.SequenceEqual(known.Bytes))
        {
            return known.Text;
        }

        var fresh = new Known(bytes.ToArray(), Encoding.Latin1.GetString(bytes));
        Volatile.Write(ref place, fresh);
        return fresh.Text;
    }

    // Who makes two fall on one place gains nothing but that they are made anew.
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261;

        foreach (var one in bytes)
        {
            hash = (hash ^ one) * 16777619;
        }

        return hash ^ (hash >> 15);
    }

    private sealed record Known(byte[] Bytes, string Text);
}
