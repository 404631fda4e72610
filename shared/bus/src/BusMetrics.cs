using System.Diagnostics.Metrics;

namespace Coworking.Bus;

/// <summary>What goes wrong between a service and the bus.</summary>
internal sealed class BusMetrics : IDisposable
{
    private readonly Meter _meter = new("Coworking.Bus");
    private readonly Counter<long> _redriven;
    private readonly Counter<long> _parked;

    public BusMetrics()
    {
        _redriven = _meter.CreateCounter<long>("bus.messages.redriven", "{message}", "Messages put back from an error queue");
        _parked = _meter.CreateCounter<long>("bus.messages.parked", "{message}", "Messages set aside for a person: rows of the outbox that no contract names, deliveries that failed again and again");
        _meter.CreateObservableGauge("bus.messages.failed", () => Failed, "{message}", "Messages in the error queues of this service, as of the last look");
    }

    public long Failed { get; set; }

    public void Redriven() => _redriven.Add(1);

    public void Parked() => _parked.Add(1);

    public void Dispose() => _meter.Dispose();
}
