using System.Globalization;
using System.Text;

namespace Coworking.Reservations.Calendars;

/// <summary>Content lines of RFC 5545: CRLF, folded at 75 octets, never within a character.</summary>
internal sealed class ContentLines
{
    // RFC 5545, 3.1: without the line break; the blank that begins a continuation counts.
    private const int MaxOctets = 75;

    private readonly StringBuilder _text = new();

    /// <summary>A line of which the value is no free text: names, numbers, times, addresses.</summary>
    internal void Add(string name, string value) => Fold($"{name}:{value}");

    /// <summary>A line with free text; nothing where there is none.</summary>
    internal void AddText(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Fold($"{name}:{Escaped(value)}");
        }
    }

    /// <summary>A value of a parameter, in quotes (RFC 6868 for what quotes cannot hold).</summary>
    internal static string Quoted(string value)
    {
        var text = new StringBuilder("\"");

        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '^' => text.Append("^^"),
                '"' => text.Append("^'"),
                '\n' => text.Append("^n"),
                _ when Rune.IsControl(rune) => text,
                _ => text.Append(rune.ToString()),
            };
        }

        return text.Append('"').ToString();
    }

    internal static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Escaped(string value)
    {
        var text = new StringBuilder(value.Length + 8);

        foreach (var rune in value.ReplaceLineEndings("\n").EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' or ';' or ',' => text.Append('\\').Append((char)rune.Value),
                '\n' => text.Append("\\n"),
                // No other control character may stand in a text.
                _ when Rune.IsControl(rune) && rune.Value != '\t' => text,
                _ => text.Append(rune.ToString()),
            };
        }

        return text.ToString();
    }

    private void Fold(string line)
    {
        var octets = 0;

        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > MaxOctets)
            {
                _text.Append("\r\n ");
                octets = 1;
            }

            _text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        _text.Append("\r\n");
    }
}
