using System.Diagnostics.Tracing;

namespace Coworking.Gateway.Tests.Running;

/// <summary>One scripted service behind two gateways: one that passes on directly, and one that leaves all to YARP and the framework's sockets.</summary>
public sealed class ForwardingFixture : IAsyncLifetime
{
    private readonly GatewayFixture _platform = new();
    private readonly YarpCount _yarp = new();
    private RunningGateway? _direct;
    private RunningGateway? _yarps;

    internal ScriptedService Service { get; } = new();

    internal RunningGateway Direct => _direct!;

    internal RunningGateway ByYarp => _yarps!;

    /// <summary>How often YARP's own forwarder was asked to pass something on to the scripted service.</summary>
    internal int PassedOnByYarp => _yarp.To(Service.Address);

    internal Task<RunningGateway> StartAsync(params string[] more) => _platform.StartAsync(
    [
        $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={Service.Address}",
        "--ReverseProxy:Clusters:reservations:HealthCheck:Active:Enabled=false",
        "--ReverseProxy:Clusters:reservations:HealthCheck:Passive:Enabled=false",
        .. more,
    ]);

    public async ValueTask InitializeAsync()
    {
        await _platform.InitializeAsync();
        _direct = await StartAsync();
        _yarps = await StartAsync("--Transport:Loops=0");
    }

    public async ValueTask DisposeAsync()
    {
        await _direct!.DisposeAsync();
        await _yarps!.DisposeAsync();
        await Service.DisposeAsync();
        await _platform.DisposeAsync();
        _yarp.Dispose();
    }

    private sealed class YarpCount : EventListener
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _counts = new();

        internal int To(string address) => _counts.Where(count => count.Key.StartsWith(address, StringComparison.Ordinal)).Sum(count => count.Value);

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Yarp.ReverseProxy")
            {
                EnableEvents(eventSource, EventLevel.Informational);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData is { EventName: "ForwarderStart", Payload: [string address, ..] })
            {
                _counts.AddOrUpdate(address, 1, static (_, count) => count + 1);
            }
        }
    }
}
