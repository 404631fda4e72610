namespace Coworking.Hosting.Http;

/// <summary>E-mail addresses as RFC 5321 sends them: a dot-atom, @, a domain of at least two labels.</summary>
public static class EmailAddress
{
    // RFC 5321, 4.5.3.1: 64 octets before the @, and a path of 256 with its angle brackets.
    private const int MaxLocal = 64;
    private const int MaxLength = 254;
    private const int MaxLabel = 63;

    /// <summary>True for an address that mail servers take.</summary>
    public static bool IsValid(string address)
    {
        var at = address.LastIndexOf('@');
        return at is >= 1 and <= MaxLocal
            && address.Length <= MaxLength
            && IsDotAtom(address.AsSpan(0, at))
            && IsDomain(address.AsSpan(at + 1));
    }

    /// <summary>What two spellings of one client have in common.</summary>
    public static string Key(string address) => address.Trim().ToLowerInvariant();

    private static bool IsDotAtom(ReadOnlySpan<char> text)
    {
        foreach (var part in text.Split('.'))
        {
            var atom = text[part];

            if (atom.IsEmpty || atom.ContainsAnyExcept(Atext))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        var labels = 0;
        var last = ReadOnlySpan<char>.Empty;

        foreach (var part in text.Split('.'))
        {
            last = text[part];
            labels++;

            if (last.Length is 0 or > MaxLabel || last.ContainsAnyExcept(LetterDigitHyphen) || last[0] == '-' || last[^1] == '-')
            {
                return false;
            }
        }

        // A top-level domain is never a number; 192.0.2.1 is an address, not a domain.
        return labels >= 2 && last.ContainsAnyExceptInRange('0', '9');
    }

    private static readonly System.Buffers.SearchValues<char> Atext =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~");

    private static readonly System.Buffers.SearchValues<char> LetterDigitHyphen =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
}
