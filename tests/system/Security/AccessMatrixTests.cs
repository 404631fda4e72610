using System.Net;
using Coworking.Faults.Api;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Security;

/// <summary>Every operation of the document against everybody who may come, as docs/security.md says; ./dev faults S2 runs this.</summary>
public sealed class AccessMatrixTests(SecurityScene scene) : IClassFixture<SecurityScene>
{
    private static readonly IReadOnlyDictionary<string, AccessRow> Rows = AccessRow.Read();

    [Fact]
    public void Every_operation_has_its_row_and_every_row_its_operation()
    {
        var operations = scene.Document.Operations.Where(IsJudged).Select(operation => operation.Name).ToList();
        Nothing(operations.Where(operation => !Rows.ContainsKey(operation)), "say in docs/security.md who may");
        Nothing(Rows.Keys.Where(operation => !operations.Contains(operation)), "docs/security.md speaks of operations that are not in the document");
    }

    [Fact]
    public void The_document_says_who_may_as_the_matrix_does() => Nothing(
        scene.Document.Operations.Where(IsJudged).Where(operation => Rows.ContainsKey(operation.Name))
            .Where(operation => Rows[operation.Name].WhoMay != (operation.Roles is ["public"] && operation.Path.Contains("/readings/", StringComparison.Ordinal) ? "device" : string.Join(", ", operation.Roles)))
            .Select(operation => $"{operation.Name}: {string.Join(", ", operation.Roles)}, in docs/security.md {Rows[operation.Name].WhoMay}"),
        "the document names others");

    [Fact]
    public async Task Nobody_gets_where_the_matrix_does_not_let_him()
    {
        Assert.True(scene.Columns.Count >= 15, $"Only {scene.Columns.Count} columns");
        var (wrong, asked, before) = (new List<string>(), 0, await scene.ThingsOfOtherAsync());

        foreach (var column in scene.Columns)
        {
            // Signing out last: it ends the session by which a column asks. What validates a key judges the one that it is given, whoever asks; SessionsTests tries it.
            foreach (var operation in scene.Document.Operations.Where(operation => Rows.ContainsKey(operation.Name) && operation.Path != "/api/v1/auth/validate").OrderBy(operation => operation.Path.EndsWith("/logout", StringComparison.Ordinal)))
            {
                var row = Rows[operation.Name];
                asked++;

                if (column.Complaint(row, await AskAsync(scene.Platform.Platform.Gateway, operation, column.IsSure(row), column.Headers(row))) is { } complaint)
                {
                    wrong.Add($"{column.Name}: {operation.Name}: {complaint}");
                }
            }
        }

        Tell(asked);
        Nothing(wrong, "answered otherwise than docs/security.md says");
        Assert.Equal(before, await scene.ThingsOfOtherAsync());
    }

    [Fact]
    public async Task A_customer_gets_at_everything_that_is_its_own()
    {
        var (wrong, asked, own) = (new List<string>(), 0, new OwnThings(scene.Platform, scene.Document, scene.Client));
        await own.PrepareAsync();
        // The matrix signs out what it asks by.
        await scene.Client.SignInAsync();

        foreach (var operations in scene.Document.Operations.Where(operation => Rows.TryGetValue(operation.Name, out var row) && row.Customer == "404").GroupBy(Collection))
        {
            var collection = operations.Key;
            var made = await own.MakeAsync(collection);
            Assert.Contains((await scene.Client.GetAsync(collection + "?pageSize=100")).Expect(HttpStatusCode.OK).Rows(), row => row.Id() == made);

            // Whoever asks by name for what is another's is not told of it either.
            foreach (var filter in new[] { $"clientEmail={scene.Other}", $"spaceId={scene.Ids.Any("spaces", new Random(1))}" })
            {
                Assert.Empty((await scene.Client.GetAsync($"{collection}?{filter}")).Expect(HttpStatusCode.OK).Rows());
            }

            foreach (var operation in operations)
            {
                asked++;
                // Another for each: some end what they are about.
                var path = operation.Path.Replace("{id}", (await own.OrderAsync(collection)).ToString(), StringComparison.Ordinal);
                var answer = await scene.Client.SendAsync(new HttpMethod(operation.Method), path, OwnThings.Example(operation));

                if (answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
                {
                    wrong.Add($"{operation.Name}: {(int)answer.Status} {answer.Text}");
                }
            }
        }

        Assert.True(asked >= 13, $"Only {asked} requests were made");
        Tell(asked);
        Nothing(wrong, "refused to whom it belongs");
    }

    private static string Collection(ApiOperation operation) => operation.Path[..operation.Path.IndexOf("/{", StringComparison.Ordinal)];

    [Fact]
    public async Task A_service_answers_only_to_the_gateway()
    {
        var (wrong, asked) = (new List<string>(), 0);
        var services = new Dictionary<string, Uri> { ["reservations"] = scene.Platform.Platform.Reservations, ["iot-ingest"] = scene.Platform.Platform.IotIngest };
        (string, string)[][] proofs = [[], [Column.Forged(isSigned: false)], [Column.Forged(isSigned: true)], [Column.Key(Demo.AdminKey)]];

        foreach (var operation in scene.Document.Operations.Where(operation => Rows.TryGetValue(operation.Name, out var row) && row is { IsPublic: false, IsForDevices: false }))
        {
            foreach (var proof in operation.Service is { } name && services.ContainsKey(name) ? proofs : [])
            {
                asked++;
                var answer = await AskAsync(services[operation.Service!], operation, isSure: true, proof);

                if (answer.Status != HttpStatusCode.Unauthorized || answer.Json.Text("code") != "auth.identity")
                {
                    wrong.Add($"{operation.Name}: {(int)answer.Status} {answer.Text}");
                }
            }
        }

        Assert.True(asked > 100, $"Only {asked} requests were made");
        Tell(asked);
        Nothing(wrong, "a service answers whom the gateway does not vouch for");
    }

    // The page of ./dev faults S2 tells it.
    private static void Tell(int asked) => TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests");

    // The documents and health themselves are open to everybody by their nature, and stand in the matrix of no one.
    private static bool IsJudged(ApiOperation operation) => operation.Path.StartsWith("/api/", StringComparison.Ordinal);

    /// <summary>Asks for what exists where the caller must be refused, so that only the caller can be at fault; for what nobody has where it may enter.</summary>
    private async Task<Answer> AskAsync(Uri server, ApiOperation operation, bool isSure, (string, string)[] headers)
    {
        var path = operation.Path;

        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "path"))
        {
            var known = isSure ? scene.Ids.ForPath(operation.Path, parameter.Name, new Random(1)) : null;
            path = path.Replace($"{{{parameter.Name}}}", known ?? Guid.CreateVersion7().ToString(), StringComparison.Ordinal);
        }

        using var client = new ApiClient(server, key: null);
        using var request = client.Request(new HttpMethod(operation.Method), path, headers);
        var example = isSure && operation.Bodies.Count > 0 ? operation.Bodies.Values.First().Examples : [];
        request.Content = operation.Bodies.Count == 0 ? null : ApiClient.Body(example.Count > 0 ? example[0].GetRawText() : "{}");
        // The stream begins and does not end.
        using var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var text = mediaType == "text/event-stream" ? "" : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer($"{operation.Method} {path}", response.StatusCode, text, mediaType, response.Headers);
    }

    private static void Nothing(IEnumerable<string> offenders, string why)
    {
        var list = offenders.ToList();
        Assert.True(list.Count == 0, $"{why}:\n  {string.Join("\n  ", list)}");
    }
}
