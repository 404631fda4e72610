using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.OpenApi;

/// <summary>The one document at the gateway: complete, true, and the one that is committed.</summary>
public sealed class DocumentTests(RunningPlatform running)
{
    private const string Address = "/openapi/v1.json";

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task The_committed_document_is_the_one_that_the_services_tell()
    {
        var committed = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "openapi.json"), TestContext.Current.CancellationToken));

        var difference = Difference(committed, await ReadAsync(), "");

        Assert.True(difference is null, $"docs/openapi.json is not what the services tell, at {difference}. Renew it with ./dev openapi, look at what changed, and commit it.");
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_for_whom_and_what_it_answers_with_examples()
    {
        var document = await ReadAsync();
        var wrong = new List<string>();

        foreach (var (name, operation) in Operations(document))
        {
            var says = new Dictionary<string, bool>
            {
                ["a summary (Described)"] = (string?)operation["summary"] is { Length: > 0 },
                ["an operation id"] = (string?)operation["operationId"] is { Length: > 0 },
                ["roles"] = operation["x-coworking-roles"] is JsonArray { Count: > 0 },
                ["a service"] = (string?)operation["x-coworking-service"] is { Length: > 0 },
                ["a tag (WithTags)"] = operation["tags"] is JsonArray { Count: 1 },
                ["an error"] = operation["responses"]!.AsObject().Any(response => response.Key[0] == '4'),
                ["an example of its body (Takes)"] = Contents(operation["requestBody"]).All(HasExample),
                ["an answer with a schema and an example (Gives)"] = Answers(operation),
            };
            wrong.AddRange(says.Where(one => !one.Value).Select(one => $"{name} lacks {one.Key}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Operation_ids_are_unique_and_every_reference_leads_somewhere()
    {
        var document = await ReadAsync();
        var ids = Operations(document).Select(one => (string)one.Operation["operationId"]!).ToList();

        Assert.True(ids.Count > 60, $"{ids.Count} operations");
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());

        foreach (var reference in References(document).Distinct(StringComparer.Ordinal))
        {
            Assert.NotNull(reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, (node, name) => node?[name]));
        }
    }

    [Fact]
    public async Task Every_operation_of_the_document_is_answered_by_a_service()
    {
        foreach (var (name, _) in Operations(await ReadAsync()).Where(one => !one.Name.EndsWith("/iot/stream", StringComparison.Ordinal)))
        {
            var (method, path) = (new HttpMethod(name.Split(' ')[0].ToUpperInvariant()), name.Split(' ')[1]);
            // No id is like this one: what is there is asked, and nothing is changed.
            var address = Regex.Replace(path, "{[^}]+}", "nothing-is-named-so", RegexOptions.None, TimeSpan.FromSeconds(60));
            using var body = ApiClient.Body("[");
            var answer = await _platform.Admin.SendAsync(method, address, method == HttpMethod.Get || method == HttpMethod.Delete ? null : body);

            Assert.True((int)answer.Status < 500 || answer.Status == HttpStatusCode.ServiceUnavailable, $"{name}: {answer.Status}");
            Assert.DoesNotContain("\"route.", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Whoever_has_the_document_is_not_sent_it_again()
    {
        var first = await _platform.Nobody.GetAsync(Address);
        var again = await _platform.Nobody.SendAsync(HttpMethod.Get, Address, content: null, ("If-None-Match", first.Headers.ETag!.ToString()));

        Assert.Equal("application/json", first.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, again.Status);
    }

    [Fact]
    public async Task The_page_of_the_document_runs_only_what_comes_from_the_gateway()
    {
        var page = await _platform.Nobody.GetAsync("/docs/index.html");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.DoesNotMatch("<script(?![^>]*src=)[^>]*>", page.Text);

        foreach (Match file in Regex.Matches(page.Text, "(?:src|href)=\"(?<file>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(60)))
        {
            Assert.Equal(HttpStatusCode.OK, (await _platform.Nobody.GetAsync("/docs/" + file.Groups["file"].Value.TrimStart('.', '/'))).Status);
        }
    }

    private async Task<JsonNode> ReadAsync() => JsonNode.Parse((await _platform.Nobody.GetAsync(Address)).Expect(HttpStatusCode.OK).GetRawText())!;

    private static IEnumerable<(string Name, JsonObject Operation)> Operations(JsonNode document) => document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject(), (path, operation) => ($"{operation.Key} {path.Key}", operation.Value!.AsObject()));

    private static bool Answers(JsonObject operation)
    {
        var answers = operation["responses"]!.AsObject().Where(response => response.Key[0] == '2').ToList();
        return answers.Count > 0 && answers.All(answer => answer.Key == "204" || (Contents(answer.Value).Any() && Contents(answer.Value).All(media => media["schema"] is not null && HasExample(media))));
    }

    // An example is of the JSON, where an answer can be text too.
    private static IEnumerable<JsonNode> Contents(JsonNode? holder)
    {
        var all = (holder?["content"] as JsonObject ?? []).ToList();
        return all.Where(media => all.Count == 1 || media.Key.EndsWith("json", StringComparison.Ordinal)).Select(media => media.Value!);
    }

    private static bool HasExample(JsonNode media) => media["example"] is not null || media["examples"] is not null;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => member is { Key: "$ref", Value: JsonValue value } ? [value.GetValue<string>()] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private static string? Difference(JsonNode? one, JsonNode? other, string at) => (one, other) switch
    {
        (JsonObject left, JsonObject right) => left.Select(member => member.Key).Union(right.Select(member => member.Key))
            .Select(key => Difference(left[key], right[key], $"{at}/{key}")).FirstOrDefault(found => found is not null),
        (JsonArray left, JsonArray right) when left.Count == right.Count => left.Zip(right).Select((pair, i) => Difference(pair.First, pair.Second, $"{at}/{i}")).FirstOrDefault(found => found is not null),
        _ => JsonNode.DeepEquals(one, other) ? null : at,
    };
}
