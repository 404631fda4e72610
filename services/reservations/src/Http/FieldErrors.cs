using System.Buffers;
using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Http;

/// <summary>Reads the fields of a request and collects everything that is wrong with them, so that a client sees all of it at once.</summary>
internal sealed class FieldErrors
{
    // Nobody names a space with control characters; PostgreSQL refuses NUL in any text.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c).Where(c => c is not ('\t' or '\n' or '\r'))]);

    private readonly Dictionary<string, List<string>> _errors = [];

    /// <summary>Null while nothing is wrong; else 400 with the first message, and all of them by field.</summary>
    internal Refusal? Refusal => _errors.Count == 0
        ? null
        : new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, _errors.First().Value[0])
        {
            Errors = _errors.ToDictionary(wrong => wrong.Key, wrong => wrong.Value.ToArray()),
        };

    internal void Add(string field, string message)
    {
        if (!_errors.TryGetValue(field, out var messages))
        {
            _errors[field] = messages = [];
        }

        messages.Add(message);
    }

    internal void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            Add(field, message);
        }
    }

    /// <summary>A text without blanks around it, of 1 to max characters.</summary>
    internal string Name(string field, string? value, int max)
    {
        var text = value?.Trim() ?? "";
        Require(text.Length > 0 && Length(text) <= max && !text.AsSpan().ContainsAny(Controls), field, $"{field} must have 1 to {max} characters");
        return text;
    }

    /// <summary>A text of at most max characters; null where it is absent or blank.</summary>
    internal string? Text(string field, string? value, int max)
    {
        var text = value?.Trim();

        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        Require(Length(text) <= max, field, $"{field} must have at most {max} characters");
        Require(!text.AsSpan().ContainsAny(Controls), field, $"{field} must not contain control characters");
        return text;
    }

    /// <summary>An IANA zone.</summary>
    internal string Zone(string field, string? value)
    {
        Require(Zones.IsKnown(value), field, $"{field} must be an IANA time zone, e.g. America/Mexico_City");
        return value ?? "";
    }

    internal Guid Uuid(string field, string? value)
    {
        Require(Guid.TryParseExact(value, "D", out var id), field, $"{field} must be a valid UUID");
        return id;
    }

    // Characters as a person and PostgreSQL count them: an emoji beyond the basic plane is one.
    private static int Length(string text)
    {
        var length = 0;

        foreach (var _ in text.EnumerateRunes())
        {
            length++;
        }

        return length;
    }
}
