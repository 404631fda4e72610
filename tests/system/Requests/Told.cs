using System.Net;
using System.Text.RegularExpressions;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Requests;

/// <summary>What the heading of a request says of its answer: after a colon or a question mark the status, with a code or words of its message; a status of what is answered; a header.</summary>
internal sealed partial class Told(string heading)
{
    private readonly Match _status = Status().Match(heading);
    private readonly Match _header = Header().Match(heading);
    private readonly Match _state = State().Match(heading);

    /// <summary>What in the answer is otherwise than told; null where nothing is.</summary>
    internal string? Differs(Answer answer) => OfStatus(answer) ?? OfWords(answer) ?? OfState(answer) ?? OfHeader(answer);

    private string? OfStatus(Answer answer)
    {
        var isTold = _status.Success
            ? answer.Status == (HttpStatusCode)int.Parse(_status.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture)
            : (int)answer.Status is >= 200 and < 300;
        return isTold ? null : $"status {(int)answer.Status}";
    }

    private string? OfWords(Answer answer)
    {
        if ((int)answer.Status < 400)
        {
            return null;
        }

        var problem = answer.ExpectProblem(answer.Status);
        var (code, words) = (_status.Groups["code"], _status.Groups["words"]);
        return code.Success && problem.Text("code") != code.Value ? $"code {problem.Text("code")}"
            : words.Success && !problem.Text("message").Contains(words.Value, StringComparison.Ordinal) ? $"message {problem.Text("message")}"
            : null;
    }

    private string? OfState(Answer answer) =>
        (int)answer.Status < 400 && _state.Success && answer.Json.Text("status") is var status && status != _state.Value ? $"status {status}" : null;

    private string? OfHeader(Answer answer) =>
        _header.Success && !(answer.Headers.TryGetValues(_header.Groups["name"].Value, out var values) && values.Single() == _header.Groups["value"].Value)
            ? $"no {_header.Value}"
            : null;

    [GeneratedRegex(@"[:?] (?<status>[1-5]\d\d)\b( (?<code>[a-z_]+\.[a-z_]+)\b| (?<words>[A-Z][^,;:.]+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Status();

    [GeneratedRegex(@"\b(?<name>[A-Z]\w+-[A-Z]\w+): (?<value>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Header();

    [GeneratedRegex(@"\b(pending|confirmed|in_progress|completed|no_show|waiting|offered|claimed)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex State();
}
