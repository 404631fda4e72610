using System.Text.RegularExpressions;
using Coworking.Contracts.Tests.WireForms;

namespace Coworking.Contracts.Tests.Documents;

public sealed partial class MessagesPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.At("docs", "messages.md"));

    public static TheoryData<string> Messages { get; } = [.. MessageNames.Types.Keys];

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_page_shows_each_message_with_its_exchange_and_its_approved_form(string message)
    {
        var type = MessageNames.Types[message];
        var section = Section().Matches(Page).SingleOrDefault(match => match.Groups["name"].Value == message);
        Assert.True(section is not null, $"docs/messages.md has no section '### {message}'");
        Assert.Contains($"`{MessageNames.Exchanges[type]}`", section.Value, StringComparison.Ordinal);
        Assert.Contains(File.ReadAllText(WireForm.File(type)), section.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_no_message_that_does_not_exist()
    {
        var shown = Section().Matches(Page).Select(match => match.Groups["name"].Value).ToList();
        Assert.NotEmpty(shown);
        Assert.Empty(shown.Except(MessageNames.Types.Keys));
    }

    [GeneratedRegex(@"^### (?<name>\w+)\n.*?(?=^##|\z)", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Section();
}
