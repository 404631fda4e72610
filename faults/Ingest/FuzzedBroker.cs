using System.Net;
using System.Net.Sockets;
using Coworking.Mqtt;
using Coworking.Mqtt.Tests;

namespace Coworking.Faults.Ingest;

/// <summary>A broker that talks nonsense and hangs up, and clients of it.</summary>
internal static class FuzzedBroker
{
    private const int Workers = 4;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <returns>Connections that did not end soon after the broker had closed them, those that ended by an exception that is none of the client's, all that ended.</returns>
    public static async Task<(long Hung, long Faulted, long Ended)> RunAsync(int connections, int seed, CancellationToken cancellationToken)
    {
        var (hung, faulted, ended) = (0L, 0L, 0L);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            var random = new Random(seed + worker);
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var options = new MqttClientOptions { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, ClientId = $"fuzzed-{worker}", ConnectTimeout = Limit };

            for (var i = 0; i < connections / Workers; i++)
            {
                var talking = TalkAsync(listener, random, cancellationToken);

                try
                {
                    await ListenAsync(options, cancellationToken).WaitAsync(2 * Limit, cancellationToken);
                    Interlocked.Increment(ref ended);
                }
                catch (TimeoutException)
                {
                    Interlocked.Increment(ref hung);
                }
                catch (MqttException)
                {
                    Interlocked.Increment(ref ended);
                }
#pragma warning disable CA1031 // Any other exception is what is looked for.
                catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    Interlocked.Increment(ref faulted);
                }

                await talking;
            }
        }));
        return (hung, faulted, ended);
    }

    private static async Task ListenAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        await using var connection = await MqttConnection.ConnectAsync(options, Deaf.Instance, cancellationToken);
        await connection.Completion;
    }

    private static async Task TalkAsync(TcpListener listener, Random random, CancellationToken cancellationToken)
    {
        using var client = await listener.AcceptSocketAsync(cancellationToken);
        var buffer = new byte[1024];

        try
        {
            // The CONNECT comes in one piece.
            await client.ReceiveAsync(buffer, cancellationToken);
            // One in eight never gets a good answer.
            await client.SendAsync(random.Next(8) == 0 ? DecoderFuzz.Next(random) : BrokerPackets.ConnAck(), cancellationToken);

            for (var packets = random.Next(1, 6); packets > 0; packets--)
            {
                await client.SendAsync(DecoderFuzz.Next(random), cancellationToken);
            }

            client.Shutdown(SocketShutdown.Send);

            // What it still has to say is read, or the close would be a reset.
            while (await client.ReceiveAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It has hung up first.
        }
    }
}
