using System.Globalization;
using System.Text;
using Coworking.Hosting.Json;

namespace Coworking.IotIngest.Reports;

/// <summary>A report as CSV (RFC 4180): a row per day and metric, and a row per day and alert.</summary>
internal static class ClimateCsv
{
    public const string ContentType = "text/csv; charset=utf-8; header=present";

    private const string Header = "record,day,metric,min,max,avg,shareWithin,coverage,alert,severity,startedAt,resolvedAt,durationSec,note";

    public static string Of(ClimateReport report)
    {
        var text = new StringBuilder(Header).Append("\r\n");

        foreach (var day in report.Days)
        {
            foreach (var (name, metric) in day.Metrics)
            {
                Row(text, "metric", Text(day.Day), name, Number(metric.Min), Number(metric.Max), Number(metric.Avg), Number(metric.ShareWithin), Number(day.Coverage), "", "", "", "", "", "");
            }

            // A day without a sample is told too: silence is not a missing row.
            if (day.Metrics.Count == 0)
            {
                Row(text, "metric", Text(day.Day), "", "", "", "", "", Number(day.Coverage), "", "", "", "", "", "");
            }

            foreach (var alert in day.Alerts)
            {
                Row(text, "alert", Text(day.Day), "", "", "", "", "", Number(day.Coverage), Safe(alert.Kind), Safe(alert.Severity), Instant(alert.StartedAt), Instant(alert.ResolvedAt),
                    Number(alert.DurationSec), Safe(alert.Note));
            }
        }

        return text.ToString();
    }

    /// <summary>Text of people: what a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection).</summary>
    internal static string Safe(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var harmless = text.TrimStart() is ['=' or '+' or '-' or '@', ..] || text[0] is '\t' or '\r' or '\n' ? "'" + text : text;
        return harmless.AsSpan().ContainsAny(",\"\r\n") ? $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : harmless;
    }

    private static void Row(StringBuilder text, params ReadOnlySpan<string> cells) => text.AppendJoin(',', cells).Append("\r\n");

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset? instant) => instant is { } known ? InstantConverter.Text(known) : "";

    private static string Number(double? number) => number?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
