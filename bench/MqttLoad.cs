using System.Globalization;
using System.Text;
using Coworking.Mqtt;

namespace Coworking.Bench;

/// <summary>Devices that publish at a steady rate, QoS 1, over a number of connections; each reading is distinct.</summary>
internal static class MqttLoad
{
    // Ticks of 10 ms: fine enough to look steady, coarse enough to cost no timer per message.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <param name="port">The broker's.</param>
    /// <param name="topics">Telemetry topics, spread over the connections.</param>
    /// <param name="connections">How many.</param>
    /// <param name="rate">Messages per second, all together.</param>
    /// <param name="duration">How long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Messages that the broker acknowledged.</returns>
    public static async Task<long> RunAsync(int port, IReadOnlyList<string> topics, int connections, int rate, TimeSpan duration, CancellationToken cancellationToken)
    {
        var acknowledged = 0L;
        var total = (long)(rate * duration.TotalSeconds);
        var perConnection = total / connections;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            await using var connection = await MqttConnection.ConnectAsync(
                new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = $"bench-{number}" }, new Silent(), cancellationToken);
            Interlocked.Add(ref acknowledged, await PublishAsync(connection, number, topics, perConnection, duration, cancellationToken));
            await connection.DisconnectAsync(MqttReasonCode.NormalDisconnection, cancellationToken);
        }));
        return acknowledged;
    }

    private static async Task<long> PublishAsync(
        MqttConnection connection, int number, IReadOnlyList<string> topics, long count, TimeSpan duration, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var first = clock.GetUtcNow().AddMinutes(-5);
        var pending = new List<Task<MqttReasonCode>>();
        var good = 0L;

        for (var sent = 0L; sent < count;)
        {
            var due = Math.Min(count, (long)(count * (clock.GetElapsedTime(started) / duration)));

            for (; sent < due; sent++)
            {
                // A microsecond apart for one topic and connection: no two readings are copies.
                var at = first.AddMicroseconds((sent * 1000) + number);
                var payload = string.Create(CultureInfo.InvariantCulture,
                    $"{{\"ts\":\"{at:yyyy-MM-ddTHH:mm:ss.ffffff}Z\",\"temp_c\":{20 + (sent % 50 * 0.1):0.0},\"humidity_pct\":49.3,\"co2_ppm\":{500 + (sent % 300)},\"occupancy\":0,\"power_w\":120}}");
                var message = new MqttApplicationMessage
                {
                    Topic = topics[(int)((number + (sent * 7)) % topics.Count)],
                    Payload = Encoding.UTF8.GetBytes(payload),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                };
                pending.Add(connection.PublishAsync(message, cancellationToken));
            }

            if (pending.Count > 2000)
            {
                good += await CountAsync(pending);
            }

            await Task.Delay(Tick, clock, cancellationToken);
        }

        return good + await CountAsync(pending);
    }

    private static async Task<long> CountAsync(List<Task<MqttReasonCode>> pending)
    {
        var codes = await Task.WhenAll(pending);
        pending.Clear();
        return codes.Count(code => (byte)code < 0x80);
    }

    private sealed class Silent : IMqttMessageHandler
    {
        public ValueTask HandleAsync(in MqttPublishFrame frame) => ValueTask.CompletedTask;
    }
}
