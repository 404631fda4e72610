using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Browser;

/// <summary>What a person sees in a real browser, and what pages of another origin may do there.</summary>
public sealed class BrowserTests(RunningPlatform running)
{
    // A browser beside everything else that runs here takes its time to start and to draw a hundred operations.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task The_page_of_the_document_takes_a_key_or_a_login_and_calls_operations()
    {
        var document = (await _platform.Nobody.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK);
        string[] verbs = ["get", "post", "put", "patch", "delete"];
        var operations = document.At("paths").EnumerateObject().Sum(path => path.Value.EnumerateObject().Count(member => verbs.Contains(member.Name)));

        var seen = await LookAsync("docs.mjs", Demo.UserKey, "ana@example.com", "Demo-Ana-1");

        Assert.Equal(operations, (int)seen["shown"]!);
        Assert.Equal((200, 401, 200, 200), ((int)seen["byKey"]!, (int)seen["refused"]!, (int)seen["login"]!, (int)seen["byToken"]!));
        Assert.Equal("ana@example.com", (string?)seen["who"]);
        Assert.Equal(["401"], Complaints(seen));
    }

    [Fact]
    public async Task A_page_of_another_origin_books_reads_the_headers_and_hears_the_stream()
    {
        var space = await _platform.NewSpaceAsync();
        await Eventually.HoldsAsync(() => _platform.User.ServesAsync($"{space.Iot}/twin"), "iot-ingest has heard of the space");
        var wish = JsonSerializer.Serialize(Wish.For(space.Id, Wish.NewEmail("browser"), LocalTime.ComingMonday(2), 9, 10));

        var seen = await LookAsync("frontend.mjs", Demo.AdminKey, space.Id.ToString(), wish);

        Assert.NotEqual(_platform.Platform.Gateway.GetLeftPart(UriPartial.Authority), (string?)seen["origin"]);
        Assert.Equal((200, 201, 200, 409, 200), ((int)seen["health"]!, (int)seen["made"]!, (int)seen["moved"]!, (int)seen["refused"]!, (int)seen["wished"]!));
        Assert.Equal(("booking.slot_taken", 17), ((string?)seen["code"], (int)seen["event"]!));
        Assert.Equal(["etag", "location", "x-request-id"], seen["seen"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(["409"], Complaints(seen));
    }

    /// <summary>The statuses of the answers that the browser's console complained of; anything else that it complained of, whole.</summary>
    private static IEnumerable<string> Complaints(JsonNode seen) => seen["complaints"]!.AsArray().Select(complaint =>
        ((string)complaint!).Split("responded with a status of ") is [_, var status] ? status.Split(' ')[0] : (string)complaint!);

    private async Task<JsonNode> LookAsync(string script, params string[] words)
    {
        var folder = Path.Combine(Repository.Root, "tests", "system", "Browser", "pages");

        if (!Directory.Exists(Path.Combine(folder, "node_modules", "playwright-core")))
        {
            await ForeignProgram.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], limit: Limit);
        }

        var gateway = _platform.Platform.Gateway.ToString().TrimEnd('/');
        return JsonNode.Parse(await ForeignProgram.RunAsync("node", [Path.Combine(folder, script), gateway, .. words], limit: Limit))!;
    }
}
