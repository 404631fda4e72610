using System.Net;
using Coworking.Gateway.Transport;

namespace Coworking.Gateway.Proxying;

/// <summary>The services' addresses as one loop knows them. Of the loop's thread alone.</summary>
internal sealed class ServiceAddresses
{
    private readonly EventLoop _loop;
    private readonly Dictionary<string, ServiceAddress?> _known = [];

    internal ServiceAddresses(EventLoop loop)
    {
        _loop = loop;
        loop.OnTick(Sweep);
    }

    /// <summary>Null where it is no plain HTTP at a numbered address: names, TLS and paths are YARP's.</summary>
    /// <param name="prefix">As the destination is configured, e.g. http://10.0.0.7:8080.</param>
    internal ServiceAddress? Find(string prefix) => _known.TryGetValue(prefix, out var known) ? known : _known[prefix] = Look(prefix);

    private ServiceAddress? Look(string prefix) =>
        Uri.TryCreate(prefix, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri is { PathAndQuery: "/", UserInfo: "" } && IPAddress.TryParse(uri.IdnHost, out var address)
            ? new ServiceAddress(_loop, uri.Authority, new IPEndPoint(address, uri.Port))
            : null;

    private void Sweep()
    {
        foreach (var (prefix, known) in _known)
        {
            known?.Sweep();

            // Replicas come and go: what nobody is connected to is found again when it is asked for.
            if (known is { IsUnused: true })
            {
                _known.Remove(prefix);
            }
        }
    }
}
