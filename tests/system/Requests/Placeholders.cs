using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Requests;

/// <summary>What stands in double braces: a variable, a member or header of an answer that came before, the time.</summary>
internal static partial class Placeholders
{
    /// <summary>Everything that a text quotes, without the braces.</summary>
    internal static IEnumerable<string> In(string text) => Braces().Matches(text).Select(match => match.Groups["what"].Value);

    /// <summary>The text with everything that it quotes put in.</summary>
    internal static string Fill(string text, IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, Answer> answers) =>
        Braces().Replace(text, match => Value(match.Groups["what"].Value, variables, answers));

    private static string Value(string what, IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, Answer> answers)
    {
        if (Time().Match(what) is { Success: true } time)
        {
            var hours = time.Groups["hours"] is { Success: true, Value: var ahead } ? int.Parse(ahead, CultureInfo.InvariantCulture) : 0;
            return Sample.Time(TimeProvider.System.GetUtcNow().AddHours(hours));
        }

        if (Quoted().Match(what) is not { Success: true } quoted)
        {
            return Fill(variables[what], variables, answers);
        }

        var answer = answers[quoted.Groups["name"].Value];
        return quoted.Groups["header"] is { Success: true, Value: var header } ? answer.Headers.GetValues(header).Single() : Member(answer.Json, quoted.Groups["path"].Value);
    }

    private static string Member(JsonElement json, string path)
    {
        foreach (Match step in Step().Matches(path))
        {
            json = step.Groups["index"] is { Success: true, Value: var index } ? json[int.Parse(index, CultureInfo.InvariantCulture)] : json.At(step.Groups["member"].Value);
        }

        return json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
    }

    /// <summary>The request whose answer is quoted; null where it is something else that is.</summary>
    internal static string? AnswerOf(string what) => Quoted().Match(what) is { Success: true } quoted ? quoted.Groups["name"].Value : null;

    /// <summary>True for the time, which every editor knows.</summary>
    internal static bool IsTime(string what) => Time().IsMatch(what);

    [GeneratedRegex(@"\{\{(?<what>[^{}]+)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Braces();

    [GeneratedRegex(@"^\$datetime iso8601( (?<hours>\d+) h)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Time();

    [GeneratedRegex(@"^(?<name>\w+)\.response\.(body\.\$(?<path>(\.\w+|\[\d+\])+)|headers\.(?<header>[\w-]+))$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\.(?<member>\w+)|\[(?<index>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Step();
}
