using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Mqtt;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Devices;

/// <summary>Questions and answers with the broker's dynamic-security plugin, over a connection of this replica.</summary>
internal sealed class BrokerControl : BackgroundService
{
    private const string Topic = "$CONTROL/dynamic-security/v1";

    // The broker answers within milliseconds, unless it writes a large file; whoever registers a device waits for this.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly BrokerOptions _broker;
    private readonly TimeProvider _clock;
    private readonly ILogger<BrokerControl> _log;
    private readonly MqttClient _client;
    private readonly string _name = $"iot-ingest-control-{Guid.CreateVersion7():N}";
    private long _count;
    private int _connects;

    public BrokerControl(IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<BrokerControl> log)
    {
        (_broker, _clock, _log) = (options.Value.Mqtt, clock, log);
        _client = new MqttClient(_broker.ClientOptions(_name, clock), Answered) { ConnectionChanged = Changed };
    }

    /// <summary>The service's own account at the broker; null where it has none, and cannot manage others.</summary>
    public string? Username => _broker.Username;

    /// <summary>Grows with each connection: what was known of the broker before counts no more.</summary>
    public int Connects => Volatile.Read(ref _connects);

    /// <summary>Called after each connect; must not block.</summary>
    public Action? Connected { get; set; }

    /// <summary>One message with all commands, done by the broker in this order.</summary>
    /// <returns>An answer per command, in this order: with "error" where it was refused.</returns>
    /// <exception cref="BrokerAwayException">It did not answer in time; the commands may still be done.</exception>
    public async Task<IReadOnlyList<JsonElement>> SendAsync(IReadOnlyList<JsonObject> commands, CancellationToken cancellationToken)
    {
        if (Username is null)
        {
            throw new BrokerAwayException("this service has no account at the broker (Mqtt__Username)");
        }

        // Every replica hears every answer: the question's name tells whose it is.
        var name = $"{_name}-{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
        var answer = _asked[name] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);

        try
        {
            foreach (var command in commands)
            {
                command["correlationData"] = name;
            }

            var payload = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["commands"] = new JsonArray([.. commands]) });
            // QoS 0: a question that was lost must not be asked again behind the back of whoever has given up.
            await _client.PublishAsync(new MqttApplicationMessage { Topic = Topic, Payload = payload }, limit.Token);
            var responses = await answer.Task.WaitAsync(limit.Token);
            return [.. responses.EnumerateArray()];
        }
        catch (Exception e) when (e is MqttException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new BrokerAwayException("the broker did not answer", e);
        }
        finally
        {
            _asked.TryRemove(name, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Username is null)
        {
            IotIngestLog.NoAccount(_log);
            return;
        }

        await _client.StartAsync(stoppingToken);

        try
        {
            await _client.SubscribeAsync([new MqttTopicFilter(Topic + "/response", MqttQualityOfServiceLevel.AtMostOnce)], stoppingToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
        finally
        {
            await _client.DisposeAsync();
        }
    }

    private void Changed(MqttConnectionChange change)
    {
        if (change.IsConnected)
        {
            Interlocked.Increment(ref _connects);
            Connected?.Invoke();
        }
    }

    private ValueTask Answered(MqttReceivedMessage message)
    {
        using var json = JsonDocument.Parse(message.Payload);

        if (json.RootElement.TryGetProperty("responses", out var responses) && responses.GetArrayLength() > 0
            && responses[0].TryGetProperty("correlationData", out var name) && name.GetString() is { } asked
            && _asked.TryGetValue(asked, out var answer))
        {
            answer.TrySetResult(responses.Clone());
        }

        return ValueTask.CompletedTask;
    }
}
