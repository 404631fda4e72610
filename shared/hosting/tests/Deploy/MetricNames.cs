using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Coworking.Hosting.Tests.Architecture;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Tests.Deploy;

/// <summary>What the services emit: our own instruments as the code makes them, the framework's as they come to be, and how both are called in Prometheus.</summary>
internal static partial class MetricNames
{
    internal sealed record Metric(string Name, string? Unit, string Kind)
    {
        /// <summary>As the collector's exporter spells it: dots are underscores, units and _total are said at the end.</summary>
        internal IEnumerable<string> InPrometheus()
        {
            var name = Name.Replace('.', '_') + Unit switch
            {
                "s" => "_seconds",
                "ms" => "_milliseconds",
                "By" => "_bytes",
                "%" => "_percent",
                _ => "",
            };

            return Kind.EndsWith("Histogram", StringComparison.Ordinal) ? [name + "_bucket", name + "_sum", name + "_count"]
                : Kind is "Counter" or "ObservableCounter" ? [name + "_total"]
                : [name];
        }
    }

    /// <summary>Every instrument that our sources make.</summary>
    internal static IReadOnlyList<Metric> Ours() =>
    [
        .. Code.Sources.Where(path => path.Contains("/src/", StringComparison.Ordinal) && !path.StartsWith("tools/", StringComparison.Ordinal))
            .SelectMany(path => Making().Matches(string.Join('\n', Code.Lines(path))))
            .Select(match => new Metric(match.Groups["name"].Value, Unit().Match(match.Groups["rest"].Value) is { Success: true } unit ? unit.Groups["unit"].Value : null, match.Groups["kind"].Value)),
    ];

    /// <summary>Instruments of ASP.NET Core, Kestrel, the runtime and Npgsql: they are published when a server, a request and a pool have been there.</summary>
    internal static async Task<IReadOnlyList<Metric>> FrameworksAsync(CancellationToken cancellationToken)
    {
        var seen = new List<Metric>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                lock (seen)
                {
                    seen.Add(new Metric(instrument.Name, instrument.Unit, instrument.GetType().Name.Split('`')[0]));
                }
            },
        };
        listener.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapGet("/", () => "here");
        await app.StartAsync(cancellationToken);
        using var http = new HttpClient();
        await http.GetStringAsync(new Uri(app.Urls.First()), cancellationToken);
        await using var pool = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
        await app.StopAsync(cancellationToken);

        lock (seen)
        {
            return [.. seen.DistinctBy(metric => metric.Name)];
        }
    }

    /// <summary>The names of metrics in a query: what is left when functions, labels, ranges and texts are gone.</summary>
    internal static IEnumerable<string> In(string query) =>
        Word().Matches(Aside().Replace(query, " ")).Select(match => match.Value).Where(word => word is not ("or" or "and" or "unless" or "offset")).Distinct();

    [GeneratedRegex("""\.Create(?<kind>Counter|Histogram|Gauge|UpDownCounter|ObservableGauge|ObservableCounter|ObservableUpDownCounter)(<\w+>)?\(\s*"(?<name>[^"]+)"(?<rest>.*?)\);""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Making();

    [GeneratedRegex("""(?<!description: )"(?<unit>s|ms|By|%|1|\{\w+\})"[,)]""", RegexOptions.ExplicitCapture)]
    private static partial Regex Unit();

    [GeneratedRegex("""
        "(\\.|[^"\\])*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Aside();

    [GeneratedRegex("""\b[a-zA-Z_][a-zA-Z0-9_]*\b(?!\s*\()""")]
    private static partial Regex Word();
}
