using System.Diagnostics;
using System.Diagnostics.Metrics;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest;

/// <summary>What the hot path tells of itself; no log line is written per message.</summary>
internal sealed class IngestMetrics : IDisposable
{
    public const string MeterName = "Coworking.IotIngest";

    // What matters lies between a few milliseconds and some seconds; the defaults are made for milliseconds and begin at five.
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };

    private static readonly InstrumentAdvice<int> Messages = new() { HistogramBucketBoundaries = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 4999] };

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _received;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _dropped;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _batchTime;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _acknowledging;

    public IngestMetrics(IngestQueue queue, TimeProvider clock)
    {
        LastMinute = new LastMinute(clock);
        _received = _meter.CreateCounter<long>("iot.messages.received", "{message}", "Messages taken from the broker");
        _accepted = _meter.CreateCounter<long>("iot.readings.accepted", "{reading}", "New readings, committed");
        _duplicates = _meter.CreateCounter<long>("iot.readings.duplicate", "{reading}", "Copies of readings that were there");
        _rejected = _meter.CreateCounter<long>("iot.messages.rejected", "{message}", "Messages that were not taken, by reason");
        _dropped = _meter.CreateCounter<long>("iot.stream.dropped", "{client}", "Stream clients dropped because they were too slow");
        _batchSize = _meter.CreateHistogram<int>("iot.batch.size", "{message}", "Messages per transaction", tags: null, Messages);
        _batchTime = _meter.CreateHistogram<double>("iot.batch.duration", "s", "Time of a transaction", tags: null, Seconds);
        _lag = _meter.CreateHistogram<double>("iot.lag", "s", "From the receipt of a batch's first message to its commit", tags: null, Seconds);
        _acknowledging = _meter.CreateHistogram<double>("iot.ack.duration", "s", "From the commit of a batch until the broker has been handed its acknowledgements", tags: null, Seconds);
        _meter.CreateObservableGauge("iot.queue.depth", () => queue.Depth, "{message}", "Messages that wait for the store");
        _meter.CreateObservableGauge(
            "iot.alerts.open",
            () => OpenAlerts.Select(open => new Measurement<long>(open.Count, new KeyValuePair<string, object?>("kind", open.Kind), new KeyValuePair<string, object?>("severity", open.Severity))),
            "{alert}", "Open alerts, at the replica that watches them");
        _meter.CreateObservableGauge("iot.partitions.held", () => PartitionsHeld, "{partition}", "Partitions that this replica reads");
        _meter.CreateObservableGauge("iot.stream.clients", () => StreamClients, "{client}", "Stream clients of this replica");
    }

    /// <summary>As of the last look of the replica that watches alerts.</summary>
    public IReadOnlyList<(string Kind, string Severity, long Count)> OpenAlerts { get; set; } = [];

    public int PartitionsHeld { get; set; }

    public int StreamClients { get; set; }

    /// <summary>What the heartbeat tells of this replica.</summary>
    public LastMinute LastMinute { get; }

    public void Received() => _received.Add(1);

    public void StreamDropped() => _dropped.Add(1);

    public void Stored(Batch batch, ReadingStore.Outcome outcome, TimeSpan time)
    {
        LastMinute.Add(outcome.Accepted, batch.Rejected.Count);
        _accepted.Add(outcome.Accepted);
        _duplicates.Add(outcome.Duplicates);
        _batchSize.Record(batch.Count);
        _batchTime.Record(time.TotalSeconds);

        foreach (var message in batch.Rejected)
        {
            _rejected.Add(1, new KeyValuePair<string, object?>("reason", message.Rejection.Reason));
        }
    }

    public void Lag(Batch batch, TimeProvider clock)
    {
        if (batch.Count > 0)
        {
            _lag.Record(clock.GetElapsedTime(batch.Items[0].ReceivedAt).TotalSeconds);
        }
    }

    public void Acknowledged(TimeSpan time) => _acknowledging.Record(time.TotalSeconds);

    public void Dispose() => _meter.Dispose();
}
