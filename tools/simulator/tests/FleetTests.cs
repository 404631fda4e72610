using System.Text;
using System.Threading.Channels;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.Simulator.Tests;

public sealed class FleetTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_applies_its_desired_state_reports_it_half_a_second_later_and_samples_at_the_new_interval()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions(), Token);
        await using var platform = await Platform.StartAsync(server);
        var options = Arguments.Parse(["--broker", $"{server.Host}:{server.Port}", "--devices", "1", "--interval", "3600"]) with { Staggered = false };
        var space = options.Spaces[0];
        await platform.Client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = space.Topic("desired"),
                Payload = "{\"samplingIntervalSec\":1,\"co2_alert_threshold\":800}"u8.ToArray(),
                Retain = true,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            },
            Token);
        var tally = new Tally(limit: 2, TimeProvider.System);
        await using var fleet = new Fleet(options, tally, ledger: null, TimeProvider.System);

        var running = fleet.RunAsync(Token);

        Assert.Contains("\"samplingIntervalSec\":1,\"co2_alert_threshold\":800", await platform.NextAsync(space.Topic("reported")), StringComparison.Ordinal);
        Assert.Contains("\"co2_ppm\":", await platform.NextAsync(space.Topic("telemetry")), StringComparison.Ordinal);
        Assert.Contains("\"co2_ppm\":", await platform.NextAsync(space.Topic("telemetry")), StringComparison.Ordinal);
        await running.WaitAsync(Limit, Token);
        Assert.Equal(0, tally.Errors);
    }

    [Fact]
    public async Task A_bounded_load_run_sends_exactly_its_count_and_writes_each_acknowledged_reading_down_once()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions(), Token);
        var path = Path.GetTempFileName();

        try
        {
            var options = Arguments.Parse([
                "--broker", $"{server.Host}:{server.Port}", "--sites", "2", "--devices", "20", "--interval", "0", "--qos", "1", "--connections", "4",
                "--count", "5000",
            ]);
            var tally = new Tally(options.Count, TimeProvider.System);

            using (var ledger = new Ledger(path))
            {
                await using var fleet = new Fleet(options, tally, ledger, TimeProvider.System);
                await fleet.RunAsync(Token).WaitAsync(Limit, Token);
            }

            var lines = await File.ReadAllLinesAsync(path, Token);
            Assert.Equal((5000L, 5000L, 0L), (tally.Sent, tally.Acknowledged, tally.Errors));
            Assert.Equal(5000, lines.Length);
            // Space and time stand first: no reading of a space has the time of another.
            Assert.Equal(5000, lines.Select(line => line[..line.IndexOf(",\"temp_c", StringComparison.Ordinal)]).Distinct().Count());
            Assert.Equal(20, lines.Select(line => line[..50]).Distinct().Count());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_within_two_seconds_also_without_a_broker()
    {
        var options = Arguments.Parse(["--broker", "127.0.0.1:1", "--interval", "0", "--qos", "1"]);
        using var stop = new CancellationTokenSource();
        var fleet = new Fleet(options, new Tally(null, TimeProvider.System), ledger: null, TimeProvider.System);
        var running = fleet.RunAsync(stop.Token);

        await stop.CancelAsync();

        // A busy machine gets more than the two seconds: without an end it would try for ever.
        await running.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await fleet.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    /// <summary>Hears everything that devices say.</summary>
    private sealed class Platform(MqttClient client, Channel<(string Topic, string Payload)> heard) : IAsyncDisposable
    {
        public MqttClient Client { get; } = client;

        public static async Task<Platform> StartAsync(MosquittoServer server)
        {
            var heard = Channel.CreateUnbounded<(string, string)>();
            var client = new MqttClient(
                new MqttClientOptions { Host = server.Host, Port = server.Port, ClientId = "platform" },
                message => heard.Writer.WriteAsync((message.Topic, Encoding.UTF8.GetString(message.Payload.Span))));
            await client.StartAsync(Token);
            await client.SubscribeAsync([new MqttTopicFilter("sites/#", MqttQualityOfServiceLevel.AtLeastOnce)], Token);
            return new Platform(client, heard);
        }

        public async Task<string> NextAsync(string topic)
        {
            while (true)
            {
                var (on, payload) = await heard.Reader.ReadAsync().AsTask().WaitAsync(Limit);

                if (on == topic)
                {
                    return payload;
                }
            }
        }

        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }
}
