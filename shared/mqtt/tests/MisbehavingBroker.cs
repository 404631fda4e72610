using System.Net;
using System.Net.Sockets;

namespace Coworking.Mqtt.Tests;

/// <summary>A broker that does what a script says, one connection after another; not a mock of a good one but a real bad one.</summary>
internal sealed class MisbehavingBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="scripts">What to do on the first connection, the second, …; further ones are refused.</param>
    public MisbehavingBroker(params Func<Conversation, Task>[] scripts)
    {
        _listener.Start();
        _running = RunAsync(scripts);
    }

    public MqttClientOptions Options => new()
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        ClientId = "test",
        ConnectTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Completes when every script has run; throws what a script threw.</summary>
    public Task Finished => _running.WaitAsync(TimeSpan.FromSeconds(90));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(Func<Conversation, Task>[] scripts)
    {
        foreach (var script in scripts)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await script(new Conversation(client.GetStream(), _stop.Token));
        }
    }

    internal sealed class Conversation(NetworkStream stream, CancellationToken cancellationToken)
    {
        public async Task AcceptAsync(bool sessionPresent = false, params byte[] properties)
        {
            Assert.Equal(0x10, (await ReadAsync()).First);
            await SendAsync(BrokerPackets.ConnAck(sessionPresent, MqttReasonCode.Success, properties));
        }

        public async Task SendAsync(params byte[] bytes) => await stream.WriteAsync(bytes, cancellationToken);

        public async Task<(byte First, byte[] Body)> ReadAsync()
        {
            var first = await ReadByteAsync();
            var length = 0;

            for (var shift = 0; ; shift += 7)
            {
                var next = await ReadByteAsync();
                length |= (next & 127) << shift;

                if (next < 128)
                {
                    break;
                }
            }

            var body = new byte[length];
            await stream.ReadExactlyAsync(body, cancellationToken);
            return (first, body);
        }

        /// <summary>The DISCONNECT that answers a sin.</summary>
        public async Task<MqttReasonCode> ReadDisconnectAsync()
        {
            var (first, body) = await ReadAsync();
            Assert.Equal(0xE0, first);
            return body.Length == 0 ? MqttReasonCode.Success : (MqttReasonCode)body[0];
        }

        /// <summary>Whatever comes until the client closes.</summary>
        public async Task<byte[]> ReadToEndAsync()
        {
            var rest = new MemoryStream();

            try
            {
                await stream.CopyToAsync(rest, cancellationToken);
            }
            catch (IOException)
            {
                // A reset ends it as well.
            }

            return rest.ToArray();
        }

        /// <summary>Says nothing until the client has gone.</summary>
        public Task SilenceAsync() => ReadToEndAsync();

        private async Task<byte> ReadByteAsync()
        {
            var one = new byte[1];
            await stream.ReadExactlyAsync(one, cancellationToken);
            return one[0];
        }
    }
}
