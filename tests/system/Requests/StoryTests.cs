using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Requests;

/// <summary>requests/story.http, run from top to bottom as its first lines ask for, each answer held against the heading of its request.</summary>
public sealed partial class StoryTests(RunningPlatform running) : IAsyncDisposable
{
    private readonly TestPlatform _platform = running.Platform;
    private readonly HookReceiver _receiver = new();
    private readonly Dictionary<string, Answer> _answers = [];

    // One page shows the mails of all tests, so the people of this one live elsewhere.
    private readonly string _domain = $"@{Guid.CreateVersion7():N}.example.com";

    [Fact]
    public async Task The_story_goes_as_it_is_told()
    {
        var mails = await LocalServers.SharedMailAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(90) };
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "requests", "story.http"), TestContext.Current.CancellationToken);
        var file = HttpFile.Parse(text.Replace("@example.com", _domain, StringComparison.Ordinal));
        PutIn(file, "gateway", _platform.Platform.Gateway.GetLeftPart(UriPartial.Authority));
        PutIn(file, "mails", mails.Page.GetLeftPart(UriPartial.Authority));
        PutIn(file, "hooks", _receiver.Url);
        Assert.True(file.Entries.Count > 40, $"{file.Entries.Count} requests");

        foreach (var entry in file.Entries)
        {
            var answer = await TellAsync(http, file, entry);
            _answers[entry.Name ?? entry.Heading] = answer;

            if (entry.Heading.Contains("@token", StringComparison.Ordinal))
            {
                PutIn(file, "token", TokenIn(answer)!);
            }
        }
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    /// <summary>Sends it until its answer is as told, where that may take a moment: only what reads is sent again.</summary>
    private async Task<Answer> TellAsync(HttpClient http, HttpFile file, HttpEntry entry)
    {
        var told = new Told(entry.Heading);
        var answer = await SendAsync(http, file, entry);

        if (entry.Method == "GET" && Difference(answer) is not null)
        {
            await Eventually.ReadAsync(async () => answer = await SendAsync(http, file, entry), now => Difference(now) is null, entry.Heading);
        }

        Assert.True(Difference(answer) is null, $"{entry.Heading}: {Difference(answer)}: {answer.Text}");
        return answer;

        string? Difference(Answer now) => told.Differs(now) ?? (IsAsTold(entry, now) ? null : "not as told");
    }

    /// <summary>What headings say in words of their own.</summary>
    private bool IsAsTold(HttpEntry entry, Answer answer) => entry.Heading.Split('.')[0] switch
    {
        "9" => answer.Json.At("violations").GetArrayLength() > 3,
        "12" => answer.Json.At("alternatives")[0].Text("startTime") == "2099-01-05T17:15:00.000Z",
        "14" => answer.Json.Id() == _answers["mario"].Json.Id(),
        "24" => answer.Json.At("occurrences")[1] is var exception && exception.At("moved").GetBoolean() && exception.Text("start") == "2099-02-09T17:00:00.000Z",
        "26" => answer.Json.At("occurrences").GetArrayLength() == 6,
        "31" => TokenIn(answer) is not null,
        "34" => answer.Json.Text("source") == "waitlist" && answer.Json.At("confirmationSent").GetBoolean(),
        "35" => answer.Json.TryGetProperty("opensAt", out _),
        "38" => answer.Json.At("checkInEvidence").Text("reason") == "no_sensor",
        "39" => answer.Json.Text("checkInSource") == "staff",
        "43" => (answer.Json.Text("event"), answer.Json.Text("status")) == ("webhook.test", "delivered"),
        "45" => answer.Json.Rows()[0].Text("status") != "pending" && _receiver.Bodies.Any(body => body.Contains(_answers["mario"].Json.Text("id"), StringComparison.Ordinal)),
        "48" => answer.MediaType == "text/calendar",
        _ => true,
    };

    private string? TokenIn(Answer mails)
    {
        var text = mails.Json.EnumerateArray()
            .Where(mail => mail.At("envelope", "to").EnumerateArray().Any(to => to.Text("address") == "nina" + _domain))
            .Select(mail => mail.Text("text"))
            .FirstOrDefault(one => one.Contains("/offers/", StringComparison.Ordinal));
        return text is null ? null : OfferLink().Match(text).Groups["token"].Value;
    }

    private static void PutIn(HttpFile file, string variable, string value)
    {
        Assert.True(file.Variables.ContainsKey(variable), $"The story has no @{variable}");
        file.Variables[variable] = value;
    }

    private async Task<Answer> SendAsync(HttpClient http, HttpFile file, HttpEntry entry)
    {
        string Fill(string text) => Placeholders.Fill(text, file.Variables, _answers);

        using var request = new HttpRequestMessage(new HttpMethod(entry.Method), Fill(entry.Target));

        if (entry.Body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fill(entry.Body)));
        }

        foreach (var (name, value) in entry.Headers)
        {
            if (name == "content-type")
            {
                request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            }
            else
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, Fill(value)), $"{entry.Heading}: {name}");
            }
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer($"{entry.Method} {entry.Target}", response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    [GeneratedRegex(@"/offers/(?<token>[\w-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OfferLink();
}
