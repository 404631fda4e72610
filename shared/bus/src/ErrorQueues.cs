using System.Globalization;
using System.Text;
using Coworking.Hosting.Leases;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Coworking.Bus;

/// <summary>
/// Puts messages back that failed at this service's consumers, some times with a pause between; what fails even then waits in QUEUE_parked for a
/// person. One replica at a time.
/// </summary>
internal sealed class ErrorQueues(
    ServiceBus bus, BusMetrics metrics, LeaseStore leases, IOptions<BusOptions> options, TimeProvider clock, ILogger<ErrorQueues> log)
    : LeasedService("error-queues", leases, clock, log)
{
    /// <summary>How often a message is put back before it is given up: half an hour in all, about what a deployment that mends it takes.</summary>
    public const int MaxTries = 6;

    private const string Tries = "coworking-redriven";

    // The first look comes soon, since a restart is how such faults are mended.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _clock = clock;

    /// <summary>Looks once at each error queue; a message goes back to its queue, or to the parked ones.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await options.Value.Factory().CreateConnectionAsync(cancellationToken);
        var failed = 0L;

        foreach (var queue in bus.Queues)
        {
            failed += await RedriveAsync(connection, queue, cancellationToken);
        }

        metrics.Failed = failed;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        for (var pause = First; ; pause = Every)
        {
            await Task.Delay(pause, _clock, cancellationToken);

            try
            {
                await CountAsync(RunOnceAsync(cancellationToken));
            }
            catch (Exception e) when (e is RabbitMQClientException or IOException or TimeoutException)
            {
                // A bus that is away: its own health says so.
                BusLog.NotLooked(log, e.Message);
            }
        }
    }

    private async Task<long> RedriveAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        uint waiting;

        try
        {
            // The queue comes into being with the first message that fails.
            waiting = await channel.MessageCountAsync($"{queue}_error", cancellationToken);
        }
        catch (OperationInterruptedException)
        {
            return 0;
        }

        var (back, given) = (0, 0);

        // No more than waited at first: what fails again meanwhile is for the next look.
        for (var i = 0u; i < waiting && await channel.BasicGetAsync($"{queue}_error", autoAck: false, cancellationToken) is { } message; i++)
        {
            var tries = Tried(message) + 1;
            var target = tries > MaxTries ? $"{queue}_parked" : queue;

            if (tries > MaxTries && given++ == 0)
            {
                await channel.QueueDeclareAsync(target, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);
            }

            var properties = new BasicProperties(message.BasicProperties) { Persistent = true };
            properties.Headers = new Dictionary<string, object?>(message.BasicProperties.Headers ?? new Dictionary<string, object?>()) { [Tries] = tries.ToString(CultureInfo.InvariantCulture) };
            // Confirmed there before it is taken from here: a crash between makes a copy, which the inbox knows.
            await channel.BasicPublishAsync("", target, mandatory: true, properties, message.Body, cancellationToken);
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellationToken);
            back += target == queue ? 1 : 0;
        }

        Tell(queue, back, given);
        return waiting;
    }

    private void Tell(string queue, int back, int given)
    {
        if (back > 0)
        {
            BusLog.Redriven(log, back, queue);
        }

        if (given > 0)
        {
            BusLog.GivenUp(log, given, queue);
        }

        for (var i = 0; i < back; i++)
        {
            metrics.Redriven();
        }

        for (var i = 0; i < given; i++)
        {
            metrics.Parked();
        }
    }

    private static int Tried(BasicGetResult message) =>
        message.BasicProperties.Headers?.TryGetValue(Tries, out var value) == true && value is byte[] text
        && int.TryParse(Encoding.UTF8.GetString(text), NumberStyles.None, CultureInfo.InvariantCulture, out var tries) ? tries : 0;
}
