using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Local;

namespace Coworking.SystemTests.Requests;

/// <summary>requests/*.http and the document of the API name the same operations, and nothing in a file leads nowhere.</summary>
public sealed class RequestFilesTests
{
    // For people, and not part of the API.
    private static readonly string[] Pages = ["GET /", "GET /docs/index.html", "GET /api/v1/auth/verify-email", "GET /api/v1/auth/reset-password"];

    private static readonly Lazy<List<Operation>> Document = new(ReadDocument);

    public static TheoryData<string> Files => new(Directory.GetFiles(Path.Combine(Repository.Root, "requests"), "*.http").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_request_is_an_operation_of_the_document(string name)
    {
        var file = Read(name);

        Assert.NotEmpty(file.Entries);
        Assert.All(ToTheGateway(file), entry => Assert.True(
            Pages.Contains($"{entry.Method} {PathOf(entry)}") || Operations(entry).Any(), $"{entry.Heading}: {entry.Method} {entry.Target} is not in the document"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_query_is_of_its_operation(string name)
    {
        foreach (var entry in ToTheGateway(Read(name)).Where(entry => entry.Target.Contains('?', StringComparison.Ordinal) && Operations(entry).Any()))
        {
            var known = Operations(entry).First().Query;
            var given = entry.Target[(entry.Target.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Select(pair => pair.Split('=')[0]);

            Assert.All(given, one => Assert.True(known.Contains(one), $"{entry.Heading}: {entry.Target} asks by {one}"));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_placeholder_is_given_and_every_body_is_JSON(string name)
    {
        var (file, named) = (Read(name), new HashSet<string>(StringComparer.Ordinal));
        Assert.All(file.Variables.Values.SelectMany(Placeholders.In), IsGiven);

        foreach (var entry in file.Entries)
        {
            Assert.All(entry.Texts.SelectMany(Placeholders.In), IsGiven);
            Assert.All(entry.Texts.SelectMany(Placeholders.In).Select(Placeholders.AnswerOf).OfType<string>(), of => Assert.True(named.Contains(of), $"{entry.Heading}: {of} comes later"));
            Assert.Equal(entry.Body is not null, entry.Headers.Any(header => header.Key == "content-type"));

            if (entry.Body is not null)
            {
                using var body = JsonDocument.Parse(entry.Body);
            }

            named.Add(entry.Name ?? "");
        }

        void IsGiven(string what)
        {
            var isGiven = Placeholders.IsTime(what) || file.Variables.ContainsKey(what) || (Placeholders.AnswerOf(what) is { } of && file.Entries.Exists(entry => entry.Name == of));
            Assert.True(isGiven, $"{name}: {{{{{what}}}}} is nothing");
        }
    }

    [Fact]
    public void Every_operation_of_the_document_stands_in_a_file()
    {
        var shown = Files.SelectMany(row => ToTheGateway(Read(row.Data))).SelectMany(entry => Operations(entry).Take(1)).Select(one => one.Name).ToHashSet();

        Assert.Empty(Document.Value.Select(one => one.Name).Except(shown));
    }

    private static HttpFile Read(string name) => HttpFile.Parse(File.ReadAllText(Path.Combine(Repository.Root, "requests", name)));

    // An address that an answer has given is the service's own word.
    private static IEnumerable<HttpEntry> ToTheGateway(HttpFile file) =>
        file.Entries.Where(entry => entry.Target.StartsWith("{{gateway}}/", StringComparison.Ordinal));

    private static string PathOf(HttpEntry entry) => entry.Target["{{gateway}}".Length..].Split('?')[0];

    /// <summary>Those that a request may mean, the one without parameters first: it is the one that answers.</summary>
    private static IEnumerable<Operation> Operations(HttpEntry entry) =>
        Document.Value.Where(one => one.Method == entry.Method && one.Pattern.IsMatch(PathOf(entry))).OrderBy(one => one.Name.Count(letter => letter == '{'));

    private static List<Operation> ReadDocument()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));
        return [.. document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject(), (path, operation) => new Operation(
            operation.Name.ToUpperInvariant(),
            path.Name,
            new Regex($"^{Regex.Replace(path.Name, "{[^}]+}", "[^/]+", RegexOptions.None, TimeSpan.FromSeconds(60))}$", RegexOptions.None, TimeSpan.FromSeconds(60)),
            operation.Value.TryGetProperty("parameters", out var all)
                ? [.. all.EnumerateArray().Where(one => one.GetProperty("in").GetString() == "query").Select(one => one.GetProperty("name").GetString()!)]
                : []))];
    }

    private sealed record Operation(string Method, string Path, Regex Pattern, HashSet<string> Query)
    {
        internal string Name => $"{Method} {Path}";
    }
}
