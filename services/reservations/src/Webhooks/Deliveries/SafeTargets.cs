using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>The addresses of a name, as the machine's resolver says.</summary>
internal delegate Task<IPAddress[]> LookUp(string host, CancellationToken cancellationToken);

/// <summary>
/// Keeps webhooks from reaching into our own network. The answer at registration is a courtesy; what counts is asked again for every connection, of the
/// very addresses that are then connected to, since a name may lead elsewhere a moment later.
/// </summary>
internal sealed class SafeTargets(LookUp lookUp, IOptions<WebhookOptions> options)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Why an address may not be called; null where it may.</summary>
    internal async Task<string?> RefuseAsync(string url, CancellationToken cancellationToken)
    {
        if (options.Value.AllowPrivateTargets)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);

        try
        {
            await AddressesAsync(new Uri(url).IdnHost, limit.Token);
            return null;
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is SocketException or ArgumentException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return "its name has no address";
        }
    }

    /// <summary>Opens a connection for the client that calls webhooks.</summary>
    /// <exception cref="HttpRequestException">The name leads to an address that may not be called.</exception>
    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await AddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await lookUp(host, cancellationToken);

        if (addresses.Length == 0)
        {
            throw new HttpRequestException("its name has no address");
        }

        // One that is not public spoils the name: who mixes them does so to slip through.
        return options.Value.AllowPrivateTargets || addresses.All(PublicAddresses.IsPublic)
            ? addresses
            : throw new HttpRequestException("it leads into a private or reserved network");
    }
}
