using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Coworking.Gateway.Proxying;

/// <summary>How a name becomes addresses; a delegate, so that a test can let replicas come and go.</summary>
internal delegate Task<IPAddress[]> FindAddresses(string name, CancellationToken cancellationToken);

/// <summary>
/// A destination for every address that a service's name has: replicas come and go without the gateway being told. YARP's own resolver fails the start where
/// a name leads nowhere, and builds all routes anew with each look; this one keeps what it knew, and speaks only when something has changed.
/// </summary>
internal sealed class Replicas(FindAddresses find, TimeProvider clock, ILogger<Replicas> log) : BackgroundService, IDestinationResolver
{
    // Names of containers and services are answered by a resolver beside us; a new replica works within this time, and a dead one is left out before that by its failures.
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, string[]> _known = new(StringComparer.OrdinalIgnoreCase);
    private CancellationTokenSource _changed = new();

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        // Taken before the looking up: what changes meanwhile is not missed.
        var changed = new CancellationChangeToken(Volatile.Read(ref _changed).Token);
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);

        foreach (var (name, destination) in destinations)
        {
            var address = new Uri(destination.Address);
            var found = address.HostNameType == UriHostNameType.Dns ? await KnownAsync(address.Host, cancellationToken) : [];

            foreach (var replica in found)
            {
                resolved[$"{name}[{replica}]"] = destination with { Address = With(address, replica), Host = destination.Host ?? address.Authority };
            }

            if (found.Length == 0)
            {
                // A name that leads nowhere yet stays what it is: its requests fail as those to any dead service, until the next look.
                resolved[name] = destination;
            }
        }

        return new ResolvedDestinationCollection(resolved, changed);
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync(stoppingToken);
        }
    }

    /// <summary>Looks all names up once more.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var changes = false;

        foreach (var (name, before) in _known)
        {
            // No answer is no news: a resolver that is away must not take the services with it.
            if (await FindAsync(name, cancellationToken) is { Length: > 0 } now && !now.AsSpan().SequenceEqual(before))
            {
                _known[name] = now;
                changes = true;
                GatewayLog.ReplicasChanged(log, name, string.Join(", ", now));
            }
        }

        if (changes)
        {
            // Whoever resolves from now on gets a new token; the old one is left to those who still hold it.
            await Interlocked.Exchange(ref _changed, new CancellationTokenSource()).CancelAsync();
        }
    }

    private async ValueTask<string[]> KnownAsync(string name, CancellationToken cancellationToken)
    {
        // Also where nothing was found: only the next look may find it, since that tells all who go by the name.
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        return _known[name] = await FindAsync(name, cancellationToken) ?? [];
    }

    /// <summary>In one order, so that two answers can be compared; null where there is none.</summary>
    private async Task<string[]?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await find(name, cancellationToken).WaitAsync(Patience, clock, cancellationToken);
            return [.. addresses.Select(address => address.ToString()).Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return null;
        }
    }

    private static string With(Uri address, string host) => new UriBuilder(address) { Host = host }.Uri.ToString();
}
