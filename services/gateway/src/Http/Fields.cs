using System.Text;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Http;

/// <summary>Reads the fields of a request and collects what is wrong with them, so that a client sees all of it at once.</summary>
internal sealed class Fields
{
    private readonly Dictionary<string, string[]> _errors = [];

    /// <summary>Null while nothing is wrong.</summary>
    internal Refusal? Refusal => _errors.Count == 0
        ? null
        : new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, _errors.First().Value[0]) { Errors = _errors };

    internal void Require(bool holds, string field, string sentence)
    {
        if (!holds)
        {
            _errors.TryAdd(field, [sentence]);
        }
    }

    /// <summary>A text without blanks around it, of 1 to max characters.</summary>
    internal string Name(string field, string? value, int max)
    {
        var text = value?.Trim() ?? "";
        Require(text.Length > 0 && IsPlain(text, max), field, $"{field} must have 1 to {max} characters");
        return text;
    }

    // Characters as a person and PostgreSQL count them; nobody is called by control characters, and PostgreSQL refuses NUL.
    private static bool IsPlain(string text, int max)
    {
        var length = 0;

        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || ++length > max)
            {
                return false;
            }
        }

        return true;
    }
}
