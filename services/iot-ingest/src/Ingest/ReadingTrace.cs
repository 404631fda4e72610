using System.Diagnostics;
using System.Text;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Ingest;

/// <summary>The trace that a device or gateway began with its publish (MQTT user property traceparent, W3C Trace Context): it goes on to the messages of the alerts that the reading opens.</summary>
/// <param name="TraceParent">Of the span of this service, or of the publish where nobody collects spans.</param>
/// <param name="Span">From receipt to commit; null where nobody collects.</param>
internal sealed record ReadingTrace(string TraceParent, Activity? Span)
{
    private static readonly ActivitySource Source = new(IngestMetrics.MeterName);

    // 00-<32>-<16>-<2>: version 00 has this length, later versions may add to it.
    private const int MaxLength = 128;

    public static ReadingTrace? Of(in MqttPublishFrame frame)
    {
        if (!frame.TryGetUserProperty("traceparent"u8, out var value) || value.Length > MaxLength)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(value);

        if (!ActivityContext.TryParse(text, traceState: null, isRemote: true, out var parent))
        {
            return null;
        }

        var span = Source.StartActivity("iot.ingest", ActivityKind.Consumer, parent);
        // The read loop goes on to messages that have nothing to do with this one.
        Activity.Current = null;
        return new ReadingTrace(span?.Id ?? text, span);
    }
}
