using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Faults.Api;

namespace Coworking.Faults.Fuzz;

/// <summary>What came back.</summary>
/// <param name="MediaType">Without parameters; null where nothing came.</param>
internal sealed record FuzzAnswer(int Status, string? MediaType, byte[] Body, bool HasRetryAfter)
{
    /// <summary>A named bound was reached: allowed, and counted apart.</summary>
    public bool IsBusy => Status is 503 or 429 && HasRetryAfter;

    /// <summary>What nobody has set up here says so, in the words of the document.</summary>
    public bool IsNotSetUp => Status == 503 && Body.AsSpan().IndexOf("\"code\":\"telegram.not_configured\""u8) >= 0;

    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(Body);
        return $"{Status} {MediaType} {(text.Length > 400 ? text[..400] + "…" : text)}";
    }
}

/// <summary>Whether an answer is one that the document describes.</summary>
internal sealed partial class FuzzJudge(ApiDocument document)
{
    private const string ProblemType = "application/problem+json";

    private static readonly string[] ProblemMembers = ["type", "title", "status", "detail", "traceId", "code", "statusCode", "error", "message"];

    private readonly JsonSchema _schema = new(document);

    /// <summary>What is wrong with the answer; null where nothing is.</summary>
    public string? Complaint(ApiOperation operation, FuzzAnswer answer)
    {
        if (Broken(answer) is { } broken)
        {
            return broken;
        }

        if (operation.Answer(answer.Status) is not { } described)
        {
            return $"{answer.Status} is not described";
        }

        if (answer.Body.Length == 0 && answer.MediaType is null)
        {
            return described.Contents.Count == 0 ? null : $"{answer.Status}: nothing came, {string.Join(", ", described.Contents.Keys)} is described";
        }

        if (answer.MediaType is null || !described.Contents.TryGetValue(answer.MediaType, out var content))
        {
            return $"{answer.Status}: {answer.MediaType} came, described is {(described.Contents.Count == 0 ? "nothing" : string.Join(", ", described.Contents.Keys))}";
        }

        return answer.MediaType.EndsWith("json", StringComparison.Ordinal) ? JsonComplaint(answer, content.Schema) : null;
    }

    /// <summary>What no document could excuse.</summary>
    public static string? Broken(FuzzAnswer answer) =>
        answer.Status >= 500 && !answer.IsBusy && !answer.IsNotSetUp ? $"{answer.Status}: something broke" : answer.Status >= 400 ? ProblemComplaint(answer) : null;

    private string? JsonComplaint(FuzzAnswer answer, JsonElement schema)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            return _schema.Complaint(body.RootElement, schema) is { } complaint ? $"{answer.Status}: {complaint}" : null;
        }
        catch (JsonException e)
        {
            return $"{answer.Status}: the body is no JSON: {e.Message}";
        }
        catch (InvalidDataException e)
        {
            return $"{answer.Status}: the document is wrong: {e.Message}";
        }
    }

    /// <summary>The one shape of errors (wire.md), whatever the document says.</summary>
    private static string? ProblemComplaint(FuzzAnswer answer)
    {
        if (answer.MediaType != ProblemType)
        {
            return $"{answer.Status}: an error as {answer.MediaType ?? "nothing"}";
        }

        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            var problem = body.RootElement;
            var text = Encoding.UTF8.GetString(answer.Body);
            return Array.Find(ProblemMembers, name => !problem.TryGetProperty(name, out _)) is { } missing ? $"{answer.Status}: the problem has no {missing}"
                : problem.GetProperty("status").GetInt32() != answer.Status || problem.GetProperty("statusCode").GetInt32() != answer.Status ? $"{answer.Status}: the problem says another status"
                : !Code().IsMatch(problem.GetProperty("code").GetString() ?? "") ? $"{answer.Status}: the problem's code is {problem.GetProperty("code")}"
                : problem.GetProperty("message").GetString() != problem.GetProperty("detail").GetString() ? $"{answer.Status}: the message is not the detail"
                : StackTrace().IsMatch(text) ? $"{answer.Status}: the problem shows our insides"
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return $"{answer.Status}: the problem is no such JSON: {e.Message}";
        }
    }

    [GeneratedRegex(@"^[a-z0-9_]+([.][a-z0-9_]+)+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"(\\n|\n)   at |[a-z]Exception\b|\bNpgsql\b|\.cs:line", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StackTrace();
}
