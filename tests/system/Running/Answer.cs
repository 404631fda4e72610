using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Coworking.SystemTests.Running;

/// <summary>What came back for a request, and what tests say about it.</summary>
internal sealed record Answer(string Request, HttpStatusCode Status, string Text, string? MediaType, HttpResponseHeaders Headers)
{
    internal JsonElement Json
    {
        get
        {
            Assert.True(Text.Length > 0, $"{Request}: {(int)Status} without a body");
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Asserts the status; the result is the body.</summary>
    internal JsonElement Expect(HttpStatusCode status)
    {
        ExpectBare(status);
        return Json;
    }

    internal void ExpectBare(HttpStatusCode status) => Assert.True(Status == status, $"{Request}: {(int)status} expected, {(int)Status} came: {Text}");

    /// <summary>Asserts the one shape of errors (wire.md), and that the message holds the words that clients match on.</summary>
    internal JsonElement ExpectProblem(HttpStatusCode status, string? words = null)
    {
        var problem = Expect(status);
        Assert.True(MediaType == "application/problem+json", $"{Request}: {MediaType}");
        problem.HasMembers("type", "title", "status", "detail", "traceId", "code", "statusCode", "error", "message");
        Assert.Equal((int)status, problem.Whole("status"));
        Assert.Equal((int)status, problem.Whole("statusCode"));
        Assert.Equal(problem.Text("detail"), problem.Text("message"));
        Assert.Equal(problem.Text("title"), problem.Text("error"));
        Assert.Matches("^[0-9a-f]{32}$", problem.Text("traceId"));
        Assert.Matches("^[a-z0-9_]+([.][a-z0-9_]+)+$", problem.Text("code"));
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Text, StringComparison.Ordinal);

        if (words is not null)
        {
            Assert.Contains(words, problem.Text("message"), StringComparison.Ordinal);
        }

        return problem;
    }
}

/// <summary>Reading JSON answers in few words.</summary>
internal static class JsonReading
{
    /// <summary>Answers may carry more members, never fewer.</summary>
    internal static void HasMembers(this JsonElement json, params string[] names)
    {
        var missing = names.Where(name => !json.TryGetProperty(name, out _)).ToList();
        Assert.True(missing.Count == 0, $"missing: {string.Join(", ", missing)} in {json}");
    }

    internal static JsonElement At(this JsonElement json, params string[] path) => path.Aggregate(json, (here, name) =>
    {
        here.HasMembers(name);
        return here.GetProperty(name);
    });

    internal static string Text(this JsonElement json, string name) => json.At(name).GetString() ?? throw new InvalidOperationException($"{name} is null in {json}");

    internal static int Whole(this JsonElement json, string name) => json.At(name).GetInt32();

    internal static double Number(this JsonElement json, string name) => json.At(name).GetDouble();

    internal static Guid Id(this JsonElement json, string name = "id") => json.At(name).GetGuid();

    /// <summary>An instant, which must be written in UTC with Z.</summary>
    internal static DateTimeOffset Instant(this JsonElement json, string name)
    {
        Assert.EndsWith("Z", json.Text(name), StringComparison.Ordinal);
        return json.At(name).GetDateTimeOffset();
    }

    internal static bool IsNull(this JsonElement json, string name) => json.At(name).ValueKind == JsonValueKind.Null;

    /// <summary>Rows of a list answer, whose meta must be there; or of a bare array.</summary>
    internal static List<JsonElement> Rows(this JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            return [.. json.EnumerateArray()];
        }

        json.At("meta").HasMembers("page", "pageSize", "total", "totalPages");
        return [.. json.At("data").EnumerateArray()];
    }
}
