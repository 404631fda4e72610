using System.Text.RegularExpressions;

namespace Coworking.SystemTests.Requests;

/// <summary>A request as an .http file spells it, placeholders and all.</summary>
/// <param name="Heading">What follows the three number signs.</param>
/// <param name="Name">Under which later requests quote its answer; null for none.</param>
/// <param name="Method">In capitals.</param>
/// <param name="Target">The address.</param>
/// <param name="Headers">In their order.</param>
/// <param name="Body">Null where there is none.</param>
internal sealed record HttpEntry(string Heading, string? Name, string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, string? Body)
{
    /// <summary>Every text of it that may hold placeholders.</summary>
    internal IEnumerable<string> Texts => [Target, .. Headers.Select(header => header.Value), Body ?? ""];
}

/// <summary>The little of the .http syntax that requests/ uses. A line that is none of it is an error, for an editor would send something else.</summary>
internal sealed partial class HttpFile
{
    private HttpFile()
    {
    }

    /// <summary>As the file gives them; whoever runs it may put in others. They hold in the whole file.</summary>
    internal Dictionary<string, string> Variables { get; } = [];

    internal List<HttpEntry> Entries { get; } = [];

    internal static HttpFile Parse(string text)
    {
        var file = new HttpFile();
        var blocks = Separator().Split(text.ReplaceLineEndings("\n"));
        file.ReadAhead(new Queue<string>(blocks[0].Split('\n')), "the beginning");

        foreach (var block in blocks.Skip(1))
        {
            file.Read(new Queue<string>(block.Split('\n')));
        }

        return file;
    }

    private void Read(Queue<string> lines)
    {
        var heading = lines.Dequeue().Trim();
        var name = ReadAhead(lines, heading);

        if (!lines.TryDequeue(out var first))
        {
            throw new FormatException($"{heading}: there is no request");
        }

        if (RequestLine().Match(first) is not { Success: true } request)
        {
            throw new FormatException($"{heading}: no request line: {first}");
        }

        var headers = new List<KeyValuePair<string, string>>();

        while (lines.TryDequeue(out var line) && line.Trim().Length > 0)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(colon > 0 ? new(line[..colon].Trim(), line[(colon + 1)..].Trim()) : throw new FormatException($"{heading}: no header: {line}"));
        }

        var body = string.Join('\n', lines).Trim();
        Entries.Add(new HttpEntry(heading, name, request.Groups["method"].Value, request.Groups["target"].Value, headers, body.Length == 0 ? null : body));
    }

    /// <summary>Comments, variables and the name, up to the request line.</summary>
    private string? ReadAhead(Queue<string> lines, string where)
    {
        string? name = null;

        while (lines.TryPeek(out var line) && (line.Trim().Length == 0 || line[0] is '#' or '@'))
        {
            lines.Dequeue();
            name = NameLine().Match(line) is { Success: true } named ? named.Groups["name"].Value : name;

            if (line.StartsWith('@'))
            {
                var variable = VariableLine().Match(line);
                Variables[variable.Success ? variable.Groups["name"].Value : throw new FormatException($"{where}: no variable: {line}")] = variable.Groups["value"].Value;
            }
        }

        return name;
    }

    [GeneratedRegex("^###", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|PATCH|DELETE) (?<target>\S+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"^# @name (?<name>\w+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex NameLine();

    [GeneratedRegex(@"^@(?<name>\w+) = (?<value>\S.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex VariableLine();
}
