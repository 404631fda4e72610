using System.Collections.Concurrent;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Coworking.Faults.Bookings;

/// <summary>Another team on the bus: a durable queue, a consumer that acknowledges after it has written down, and comes back whenever the broker does.</summary>
internal sealed class BusEar : IAsyncDisposable
{
    private const string Queue = "faults-observer";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly Uri _bus;
    private readonly Dictionary<string, string> _subjects;
    private readonly ConcurrentDictionary<(string Exchange, Guid Subject), ConcurrentDictionary<Guid, bool>> _heard = new();
    private readonly CancellationTokenSource _leave = new();
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private long _deliveries;

    private BusEar(Uri bus, Dictionary<string, string> subjects)
    {
        (_bus, _subjects) = (bus, subjects);
        _running = RunAsync();
    }

    /// <summary>Messages that came, copies of one counted each time.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    /// <param name="bus">Where.</param>
    /// <param name="subjects">By exchange: the member that says of what a message tells, e.g. booking.</param>
    public static async Task<BusEar> OpenAsync(Uri bus, Dictionary<string, string> subjects)
    {
        var ear = new BusEar(bus, subjects);
        await Task.WhenAny(ear._listens.Task, ear._running);
        return ear;
    }

    /// <summary>How many different messages an exchange has told of each subject.</summary>
    public Dictionary<Guid, int> Told(string exchange) =>
        _heard.Where(heard => heard.Key.Exchange == exchange).ToDictionary(heard => heard.Key.Subject, heard => heard.Value.Count);

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leave.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_leave.IsCancellationRequested)
        {
            try
            {
                await ListenAsync();
            }
            catch (Exception e) when (e is RabbitMQClientException or IOException or OperationCanceledException or System.Net.Sockets.SocketException)
            {
                // The broker is away; what it has stays in the queue.
            }

            await Task.Delay(Pause, _leave.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Until the connection ends.</summary>
    private async Task ListenAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = _bus, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(_leave.Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: _leave.Token);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, _) =>
        {
            ended.TrySetResult();
            return Task.CompletedTask;
        };
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: _leave.Token);

        foreach (var exchange in _subjects.Keys)
        {
            await channel.QueueBindAsync(Queue, exchange, routingKey: "", cancellationToken: _leave.Token);
        }

        await channel.BasicQosAsync(0, 200, global: false, _leave.Token);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            Keep(delivery);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, CancellationToken.None);
        };
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer, _leave.Token);
        _listens.TrySetResult();
        await ended.Task.WaitAsync(_leave.Token);
    }

    private void Keep(BasicDeliverEventArgs delivery)
    {
        using var envelope = JsonDocument.Parse(delivery.Body);
        var message = envelope.RootElement.GetProperty("message");
        var subject = message.GetProperty(_subjects[delivery.Exchange]).GetProperty("id").GetGuid();
        _heard.GetOrAdd((delivery.Exchange, subject), _ => new())[message.GetProperty("messageId").GetGuid()] = true;
        Interlocked.Increment(ref _deliveries);
    }
}
