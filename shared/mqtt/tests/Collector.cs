using System.Text;
using System.Threading.Channels;

namespace Coworking.Mqtt.Tests;

internal sealed record Received(
    string Topic, string Payload, ushort PacketId, MqttQualityOfServiceLevel Level, bool Retain, bool Duplicate, string? Trace, MqttConnection Connection);

/// <summary>A handler that keeps a copy of everything.</summary>
internal sealed class Collector : IMqttMessageHandler
{
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(90);

    public int Waiting => _received.Reader.Count;

    public ValueTask HandleAsync(in MqttPublishFrame frame) => _received.Writer.WriteAsync(Copy(frame));

    public static Received Copy(in MqttPublishFrame frame) => new(
        Encoding.UTF8.GetString(frame.Topic),
        Encoding.UTF8.GetString(frame.Payload),
        frame.PacketId,
        frame.QualityOfServiceLevel,
        frame.Retain,
        frame.Duplicate,
        frame.TryGetUserProperty("traceparent"u8, out var trace) ? Encoding.UTF8.GetString(trace) : null,
        frame.Connection);

    public async Task<Received> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(Limit);

    public async Task<Received[]> NextAsync(int count)
    {
        var received = new Received[count];

        for (var i = 0; i < count; i++)
        {
            received[i] = await NextAsync();
        }

        return received;
    }
}
