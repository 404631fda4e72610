using System.Diagnostics;
using System.Globalization;
using Coworking.Local;

[assembly: AssemblyFixture(typeof(Coworking.Mqtt.Tests.Mosquitto))]

namespace Coworking.Mqtt.Tests;

/// <summary>The real broker of the run, and Mosquitto's own clients as the foreign side.</summary>
public sealed class Mosquitto : IAsyncLifetime
{
    private MosquittoServer? _server;

    internal MqttClientOptions Options(string clientId) => OptionsFor(Server, clientId);

    internal MosquittoServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync() => _server = await MosquittoServer.StartAsync(new MosquittoServerOptions());

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    internal static MqttClientOptions OptionsFor(MosquittoServer server, string clientId) =>
        new() { Host = server.Host, Port = server.Port, ClientId = clientId };

    /// <summary>mosquitto_pub, to its end.</summary>
    internal async Task PublishAsync(string topic, string message, params string[] arguments)
    {
        using var publisher = Start("mosquitto_pub", ["-t", topic, "-m", message, .. arguments]);
        await publisher.WaitForExitAsync().WaitAsync(Collector.Limit);
        Assert.Equal(0, publisher.ExitCode);
    }

    /// <summary>mosquitto_sub, subscribed, for a minute at most so that it cannot outlive a test run for long; its lines are topic|payload|qos|retain|user properties.</summary>
    internal async Task<ForeignSubscriber> SubscribeAsync(string topic, params string[] arguments)
    {
        var subscriber = new ForeignSubscriber(Start("mosquitto_sub", ["-d", "-W", "60", "-F", "MESSAGE %t|%p|%q|%r|%P", "-t", topic, .. arguments]));
        await subscriber.NextLineAsync(line => line.StartsWith("Subscribed", StringComparison.Ordinal));
        return subscriber;
    }

    private Process Start(string program, IEnumerable<string> arguments)
    {
        // Into a pipe it would keep its lines until it has a block of them.
        var start = new ProcessStartInfo("stdbuf") { RedirectStandardOutput = true, UseShellExecute = false };

        foreach (var argument in (string[])["-oL", program, "-V", "5", "-h", Server.Host, "-p", Server.Port.ToString(CultureInfo.InvariantCulture), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    internal sealed class ForeignSubscriber(Process process) : IDisposable
    {
        public async Task<string> NextAsync()
        {
            const string Prefix = "MESSAGE ";
            return (await NextLineAsync(line => line.StartsWith(Prefix, StringComparison.Ordinal)))[Prefix.Length..];
        }

        public async Task<string> NextLineAsync(Predicate<string> wanted)
        {
            while (true)
            {
                var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Collector.Limit)
                    ?? throw new InvalidOperationException("mosquitto_sub has ended.");

                if (wanted(line))
                {
                    return line;
                }
            }
        }

        public void Kill() => process.Kill();

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
