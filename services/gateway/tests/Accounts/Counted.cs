using System.Diagnostics.Metrics;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Accounts;

/// <summary>What one counter of one gateway, and of no other in the process, has counted from now on.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    internal Counted(RunningGateway gateway, string name)
    {
        var factory = gateway.Service<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name.EndsWith(name, StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _sum, value));
        _listener.Start();
    }

    internal long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
