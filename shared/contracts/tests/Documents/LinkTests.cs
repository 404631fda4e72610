using System.Text.RegularExpressions;

namespace Coworking.Contracts.Tests.Documents;

public sealed partial class LinkTests
{
    [Fact]
    public void Every_link_between_documents_leads_to_a_file()
    {
        var pages = Directory.GetFiles(Repository.At("docs"), "*.md", SearchOption.AllDirectories)
            .Where(page => !page.Contains("node_modules", StringComparison.Ordinal)).Append(Repository.At("CHANGELOG.md")).ToList();
        var links = pages.SelectMany(page => Link().Matches(File.ReadAllText(page)).Select(match => (Page: page, Target: match.Groups["to"].Value))).ToList();
        Assert.NotEmpty(links);
        Assert.DoesNotContain(links, link => !Path.Exists(Path.Combine(Path.GetDirectoryName(link.Page)!, link.Target)));
    }

    [Fact]
    public void The_sample_installs_from_whichever_registry_its_user_has()
    {
        var text = File.ReadAllText(Repository.At("docs", "samples", "package-lock.json"));
        Assert.Contains("\"integrity\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"resolved\"", text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\]\((?!https?:|#)(?<to>[^)#]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Link();
}
