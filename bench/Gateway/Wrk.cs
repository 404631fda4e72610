using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Coworking.Bench;

/// <summary>GETs over 32 connections, as fast as they are answered, by wrk; every answer is counted, and one that is not good fails the run.</summary>
internal static class Wrk
{
    public const int Connections = 32;

    // Its own summary in a form that a program can read; nothing of it runs while requests do.
    private const string Script = """
        done = function(summary, latency)
          local e = summary.errors
          io.write(string.format('SUMMARY {"requests":%d,"bytes":%d,"microseconds":%d,"failed":%d,"p99":%d}\n',
            summary.requests, summary.bytes, summary.duration, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
        end
        """;

    private sealed record Summary(long Requests, long Bytes, long Microseconds, long Failed, long P99);

    public static async Task<Measured> MeasureAsync(Proxy proxy, string key, TimeSpan duration, IReadOnlyDictionary<string, int> processes, CancellationToken cancellationToken)
    {
        await CheckAsync(proxy, key, cancellationToken);
        var script = Path.GetTempFileName();

        try
        {
            await File.WriteAllTextAsync(script, Script, cancellationToken);
            var wrk = string.Create(CultureInfo.InvariantCulture,
                $"{Proxy.Find("wrk")} -t1 -c{Connections} -d{duration.TotalSeconds:0}s -s {script} -H 'x-api-key: {key}' {new Uri(proxy.Address, Upstream.Path)}");
            // The shell stays behind it, and with it what wrk has used.
            await using var load = await Peer.StartAsync("bash", ["-c", wrk + "; echo end; sleep 60"], new Dictionary<string, string?>(), cancellationToken);
            var counted = new Dictionary<string, int>(processes) { ["wrk"] = load.ProcessId };
            var before = CpuTime.Of(counted);
            await load.SaysAsync("end", duration + TimeSpan.FromSeconds(30), cancellationToken);
            var used = CpuTime.Since(before, CpuTime.Of(counted));
            var summary = Read(load.Said());
            await CheckAsync(proxy, key, cancellationToken);
            return Measured.Of(1e6 * summary.Requests / summary.Microseconds, summary.Requests, used);
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Before and after: the right body for the key, and none without it where one is asked for.</summary>
    private static async Task CheckAsync(Proxy proxy, string key, CancellationToken cancellationToken)
    {
        var (status, body) = await proxy.AskAsync(key, cancellationToken);

        if (status != HttpStatusCode.OK || body != Upstream.Body)
        {
            throw new InvalidOperationException($"{proxy.Address} answered {(int)status} with {body.Length} characters: {body[..Math.Min(200, body.Length)]}");
        }
    }

    private static Summary Read(string said)
    {
        var line = said.Split('\n').FirstOrDefault(line => line.StartsWith("SUMMARY ", StringComparison.Ordinal)) ?? throw new InvalidOperationException($"wrk said: {said}");
        var summary = JsonSerializer.Deserialize<Summary>(line["SUMMARY ".Length..], JsonSerializerOptions.Web)!;

        if (summary.Failed > 0 || summary.Requests == 0 || summary.Bytes / summary.Requests < Upstream.Body.Length)
        {
            throw new InvalidOperationException($"Not every answer was good: {line}");
        }

        return summary;
    }
}
