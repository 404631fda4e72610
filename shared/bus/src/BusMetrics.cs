using System.Diagnostics.Metrics;

namespace Coworking.Bus;

/// <summary>What goes wrong between a service and the bus.</summary>
internal sealed class BusMetrics : IDisposable
{
    private readonly Meter _meter = new("Coworking.Bus");
    private readonly Counter<long> _published;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _redriven;
    private readonly Counter<long> _parked;

    public BusMetrics()
    {
        _published = _meter.CreateCounter<long>("bus.messages.published", "{message}", "Messages of the outbox that the broker has confirmed");
        _refused = _meter.CreateCounter<long>("bus.messages.refused", "{message}", "Messages of the outbox that the broker refused, each time: a queue bound to their exchange is full or fails");
        _redriven = _meter.CreateCounter<long>("bus.messages.redriven", "{message}", "Messages put back from an error queue");
        _parked = _meter.CreateCounter<long>("bus.messages.parked", "{message}", "Messages set aside for a person: rows of the outbox that no contract names, deliveries that failed again and again");
        _meter.CreateObservableGauge("bus.messages.failed", () => Failed, "{message}", "Messages in the error queues of this service, as of the last look");
    }

    public long Failed { get; set; }

    public void Published(int count) => _published.Add(count);

    public void Refused(int count) => _refused.Add(count);

    public void Redriven() => _redriven.Add(1);

    public void Parked() => _parked.Add(1);

    public void Dispose() => _meter.Dispose();
}
