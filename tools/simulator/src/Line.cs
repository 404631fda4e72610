using System.Diagnostics.CodeAnalysis;
using Coworking.Mqtt;

namespace Coworking.Simulator;

/// <summary>One connection that several devices share, and that can be cut and made anew.</summary>
internal sealed class Line(MqttClientOptions mqtt, SimulatorOptions options, Tally tally, Ledger? ledger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Func<MqttReceivedMessage, ValueTask>> _listeners = [];
    private MqttClient? _client;
    private string? _lastError;

    /// <summary>Held while a reading is made and handed over, so that those of a space leave in the order of their time.</summary>
    public Lock Order { get; } = new();

    public void Listen(string topic, Func<MqttReceivedMessage, ValueTask> listener) => _listeners.Add(topic, listener);

    [SuppressMessage("Reliability", "CA2000", Justification = "Kept in the field and disposed of with the line or by the next cut.")]
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var client = new MqttClient(mqtt, message => _listeners.TryGetValue(message.Topic, out var listener) ? listener(message) : ValueTask.CompletedTask)
        {
            ConnectionChanged = Complain,
        };
        await client.StartAsync(cancellationToken);

        lock (_gate)
        {
            _client = client;
        }

        foreach (var some in _listeners.Keys.Chunk(100))
        {
            await client.SubscribeAsync([.. some.Select(topic => new MqttTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce))], cancellationToken);
        }
    }

    public async Task CutAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        await DisposeAsync();
        await Task.Delay(pause, cancellationToken);
        await OpenAsync(cancellationToken);
    }

    /// <summary>Publishes a reading and counts what becomes of it.</summary>
    public async Task SendAsync(SimulatedSpace space, string topic, byte[] payload, CancellationToken cancellationToken)
    {
        try
        {
            var code = await PublishAsync(topic, payload, cancellationToken);

            if (code >= MqttReasonCode.UnspecifiedError)
            {
                tally.CountError();
                Complain(new MqttConnectionChange(true, false, new MqttException($"The broker refused a message: {code}")));
            }
            else if (options.Level != MqttQualityOfServiceLevel.AtMostOnce)
            {
                tally.CountAcknowledged();
                ledger?.Write(space.SpaceId, payload);
            }
        }
        catch (MqttException)
        {
            tally.CountError();
        }
    }

    public Task<MqttReasonCode> PublishAsync(string topic, byte[] payload, CancellationToken cancellationToken)
    {
        MqttClient? client;

        lock (_gate)
        {
            client = _client;
        }

        if (client is null)
        {
            return Task.FromException<MqttReasonCode>(new MqttException("The line is cut."));
        }

        tally.CountSent();
        return client.PublishAsync(
            new MqttApplicationMessage { Topic = topic, Payload = payload, QualityOfServiceLevel = options.Level }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        MqttClient? client;

        lock (_gate)
        {
            (client, _client) = (_client, null);
        }

        if (client is not null)
        {
            await client.DisposeAsync();
        }
    }

    private void Complain(MqttConnectionChange change)
    {
        if (change.Error is { } error && error.Message != _lastError)
        {
            _lastError = error.Message;
            Console.Error.WriteLine($"\r{mqtt.ClientId}: {error.Message}");
        }
    }
}
