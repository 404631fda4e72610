using System.Text.Json.Nodes;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.OpenApi;

/// <summary>A program in another language, made from the document alone.</summary>
public sealed class TypeScriptClientTests(RunningPlatform running)
{
    // A registry on a slow day, and compilers beside everything else that runs here.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_client_that_is_generated_from_the_document_compiles_and_books_a_space()
    {
        var tools = Path.Combine(Repository.Root, "tools", "openapi");
        // Of its own, so that two runs of this test do not write over each other; within, so that it finds its packages.
        var folder = Directory.CreateDirectory(Path.Combine(tools, "client", "out", Guid.CreateVersion7().ToString("N")));

        try
        {
            await InstallAsync(tools);
            var document = Path.Combine(folder.FullName, "openapi.json");
            await File.WriteAllTextAsync(document, (await _platform.Nobody.GetAsync("/openapi/v1.json")).Text, TestContext.Current.CancellationToken);

            foreach (var file in new[] { "book.ts", "tsconfig.json" })
            {
                File.Copy(Path.Combine(tools, "client", file), Path.Combine(folder.FullName, file));
            }

            await NodeAsync(Bin("openapi-typescript", "bin/cli.js"), document, "-o", Path.Combine(folder.FullName, "api.ts"));
            await NodeAsync(Bin("typescript", "bin/tsc"), "-p", folder.FullName);

            var space = await _platform.NewSpaceAsync();
            var said = await NodeAsync(Path.Combine(folder.FullName, "out", "book.js"), _platform.Platform.Gateway.ToString().TrimEnd('/'), _platform.User.Key!, space.LocationId.ToString());

            var booking = JsonNode.Parse(said)!;
            Assert.Equal(space.Id.ToString(), (string?)booking["spaceId"]);
            Assert.Equal("confirmed", (string?)booking["status"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        string Bin(string package, string file) => Path.Combine(tools, "node_modules", package, file);
    }

    private static Task<string> NodeAsync(params string[] arguments) => ForeignProgram.RunAsync("node", arguments, limit: Limit);

    private static async Task InstallAsync(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            await ForeignProgram.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], limit: Limit);
        }
    }
}
