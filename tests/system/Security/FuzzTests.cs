using Coworking.Faults.Api;
using Coworking.Faults.Fuzz;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Security;

/// <summary>The short form of ./dev faults S4.</summary>
public sealed class FuzzTests(RunningPlatform running)
{
    private const int PerOperation = 15;

    // Always the same, so that a failure can be seen again; the long run takes another each time.
    private const int Seed = 4711;

    [Fact]
    public async Task Whatever_is_sent_the_answer_is_one_that_the_document_describes()
    {
        var (gateway, cancellationToken) = (running.Platform.Platform.Gateway, TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = gateway };
        var document = await ApiDocument.ReadAsync(http, cancellationToken);
        Assert.True(document.Operations.Count > 80, $"Only {document.Operations.Count} operations");
        var key = await FuzzScene.KeyAsync(http, cancellationToken);
        using var fuzzer = new Fuzzer(gateway, document, key, Seed);
        await FuzzScene.SetAsync(http, key, fuzzer.Ids, cancellationToken);
        var counts = await fuzzer.RunAsync(PerOperation, atOnce: 4, cancellationToken);
        Assert.Equal(document.Operations.Count * PerOperation, counts.Sum(count => count.Sent));
        Assert.True(fuzzer.Findings.Count == 0, $"Seed {Seed}:\n{string.Join('\n', fuzzer.Findings)}");
    }
}
