using System.Globalization;
using System.Text;
using Coworking.Faults.Api;
using Coworking.Faults.Fuzz;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>S4: every operation of the document is sent a thousand requests that nobody should send, and every answer is held against the document.</summary>
internal static class SchemaFuzz
{
    private const int AtOnce = 12;

    // Seen once within five minutes. What is not sent by then is an error of the run.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var times = options.Repeat ?? (options.Small ? 50 : 1000);
        var run = new FaultRun("S4", "requests that nobody should send, from the OpenAPI document", options);
        await using var servers = await LocalServers.StartAsync(new LocalServersOptions { Mosquitto = new MosquittoServerOptions { DynamicSecurity = true } }, cancellationToken);
        await using var platform = await Platform.StartAsync(
            new PlatformOptions { Postgres = servers.Postgres, Bus = servers.Rabbit.Uri(), Mosquitto = servers.Mosquitto, Demo = true }, cancellationToken);
        using var http = new HttpClient { BaseAddress = platform.Gateway };
        var document = await ApiDocument.ReadAsync(http, cancellationToken);
        var key = await FuzzScene.KeyAsync(http, cancellationToken);
        using var fuzzer = new Fuzzer(platform.Gateway, document, key, options.Seed);
        await FuzzScene.SetAsync(http, key, fuzzer.Ids, cancellationToken);
        run.Say($"{document.Operations.Count} operations, {times} requests each, seed {options.Seed}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var counts = await fuzzer.RunAsync(times, AtOnce, limit.Token);
        var findings = fuzzer.Findings;
        var (broken, undescribed) = (findings.Where(IsBroken).Sum(one => one.Times), findings.Where(one => !IsBroken(one)).Sum(one => one.Times));
        var line = string.Create(CultureInfo.InvariantCulture, $"held {(broken == 0 ? 1 : 0) + (undescribed == 0 ? 1 : 0)}/2 lost {broken} duplicated 0 worst-recovery 0.0");
        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Count} operations, {counts.Sum(count => count.Sent):#,0} requests in {run.Seconds:0} s: broken {broken}, not as described {undescribed}; of {counts.Count(count => count.Taken == 0)} operations no request was good enough for a 2xx.");
        await run.WriteAsync(Page(run, $"{line}**\n\n**{what}", counts, findings), cancellationToken);
        Console.WriteLine($"S4 {line}");
        return findings.Count == 0;
    }

    private static bool IsBroken(FuzzFinding finding) => finding.Answer.Status >= 500;

    private static string Page(FaultRun run, string line, IReadOnlyList<FuzzCount> counts, IReadOnlyList<FuzzFinding> findings)
    {
        var text = new StringBuilder()
            .AppendLine("# S4: requests that nobody should send, from the OpenAPI document").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"**{line}**").AppendLine()
            .AppendLine("For every operation of `/openapi/v1.json` requests are made from its examples and schemas, some left as they are, each of the others spoilt in one way: bounds, wrong types, missing and unknown members,")
            .AppendLine("huge values, odd letters, injections, NUL and half characters, deep nesting, no JSON, random bytes, wrong media types, spoilt paths, queries and headers. Paths carry what the run itself has made. Every answer must")
            .AppendLine("have a status, a media type and a body that the document describes, and every error the one shape. A 429 or 503 with `Retry-After` says that a bound was reached, and is counted apart.").AppendLine()
            .AppendLine("| operation | sent | 2xx, 3xx | 4xx | bound reached | findings | ms each |").AppendLine("|---|---|---|---|---|---|---|");

        foreach (var count in counts)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {count.Operation} | {count.Sent} | {count.Taken} | {count.Refused} | {count.Busy} | {count.Findings} | {count.Took.TotalMilliseconds / count.Sent:0.0} |");
        }

        text.AppendLine();

        foreach (var finding in findings)
        {
            text.AppendLine("```").AppendLine(CultureInfo.InvariantCulture, $"{finding}").AppendLine("```");
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"`{run.Command}` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Environment.ProcessorCount} cores, .NET {Environment.Version}.").ToString();
    }
}
