using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Spaces;
using Coworking.Mqtt;
using Npgsql;

namespace Coworking.IotIngest.Partitions;

/// <summary>
/// One partition on the broker: a persistent session that outlives connections, replicas and the broker itself. While the lease is held it stays
/// connected and subscribed; nothing is ever unsubscribed, so that what is sent meanwhile waits in the session.
/// </summary>
internal sealed class PartitionSession(
    int partition, PartitionLeases leases, IngestQueue queue, SpaceDirectory spaces, MessageDecoder decoder, IngestMetrics metrics, IotIngestOptions options, TimeProvider clock, ILogger<PartitionSession> log) : IDisposable
{
    // A hand-over waits this long for the batch in flight; what is not settled by then comes again at the next holder.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(200);

    // With half of it more by chance: a broker that is back is read again within two seconds, however long it was away.
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    // Half of what a batch waits for company anyway.
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(25);

    private static readonly string[] Leaves = ["telemetry", "reported"];

    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _resubscribe = new(0);
    private PartitionInlet? _inlet;
    private volatile bool _isFollowing;
    private Task _running = Task.CompletedTask;

    /// <summary>Connected, and the broker has taken the subscriptions.</summary>
    public bool IsFollowing => _isFollowing;

    /// <summary>The broker does not let this service read all of its topics.</summary>
    public bool IsRefused { get; private set; }

    public void Start() => _running = RunAsync();

    /// <summary>A location has appeared: its topics are asked for at once.</summary>
    public void Resubscribe() => _resubscribe.Release();

    /// <param name="drain">Settle what was taken in first; not where the lease is lost already.</param>
    public async Task StopAsync(bool drain)
    {
        if (drain && _inlet is { } inlet)
        {
            inlet.Stop();
            var started = clock.GetTimestamp();

            while (inlet.Unsettled > 0 && clock.GetElapsedTime(started) < DrainLimit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), clock);
            }
        }

        await _ended.CancelAsync();
        await _running;
        Dispose();
    }

    public void Dispose()
    {
        _ended.Dispose();
        _resubscribe.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = MinPause;
        var isHeld = true;

        // Reading a backlog must not keep the one who started this waiting.
        await Task.Yield();

        while (!_ended.IsCancellationRequested)
        {
            try
            {
                // The broker closes the connection of a holder that was replaced, without a reason: only the lease tells.
                // Never connect without its word: two that fight for one client id lose what waits in the session.
                if (!isHeld && !await leases.HoldsAsync(partition, _ended.Token))
                {
                    return;
                }

                isHeld = false;
                await ConnectAsync();
                pause = MinPause;
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever ends a connection, the next one tries again: a partition that is held must be read.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // A request that went down with its connection tells only inside why that ended.
                IotIngestLog.SessionLost(log, partition, e.InnerException is { } cause ? $"{e.Message} {cause.Message}" : e.Message);
            }

            // Jitter, or all partitions knock at a broker that has just come back in the same instant.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), clock, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    private async Task ConnectAsync()
    {
        var inlet = new PartitionInlet(queue, decoder, metrics, clock, _ended.Token);
        _inlet = inlet;

        try
        {
            await using var connection = await MqttConnection.ConnectAsync(
                options.Mqtt.ClientOptions(Partition.ClientId(partition), clock) with
                {
                    CleanStart = false,
                    // Longer than any outage that somebody would sleep through; the broker's own limit still holds.
                    SessionExpiryInterval = TimeSpan.FromDays(7),
                    ReceiveMaximum = options.ReceiveMaximum,
                    // The broker does not keep to it; what bounds memory is that a full queue stops the reading.
                    MaximumUnacknowledged = ushort.MaxValue,
                    ReadPause = ReadPause,
                }, inlet, _ended.Token);
            inlet.Attach(connection);
            await FollowAsync(connection);
        }
        finally
        {
            inlet.End();
        }
    }

    /// <summary>Keeps the subscriptions in step with the locations until the connection ends or this replica lets go of it.</summary>
    private async Task FollowAsync(MqttConnection connection)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);

        try
        {
            while (!connection.Completion.IsCompleted)
            {
                await SubscribeAsync(connection);
                _isFollowing = true;
                await Task.WhenAny(connection.Completion, _resubscribe.WaitAsync(over.Token));
                _ended.Token.ThrowIfCancellationRequested();
            }

            IotIngestLog.SessionLost(log, partition, connection.ClosedBy?.ToString() ?? "closed by the broker");
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // DISCONNECT, keeping the session: the next holder takes it with everything in it.
            await connection.DisconnectAsync(MqttReasonCode.NormalDisconnection, CancellationToken.None);
        }
        finally
        {
            _isFollowing = false;
            // A waiter left behind would swallow what the next connection waits for.
            await over.CancelAsync();
        }
    }

    private async Task SubscribeAsync(MqttConnection connection)
    {
        var filters = spaces.Locations
            .Where(location => Partition.Of(location, leases.Count) == partition)
            .SelectMany(location => Leaves, (location, leaf) => new MqttTopicFilter(DeviceTopic.Filter(location, leaf), MqttQualityOfServiceLevel.AtLeastOnce))
            .ToList();

        var refused = new List<string>();

        // Sent whole at every connect: a broker that lost its sessions is told again, one that kept them changes nothing.
        foreach (var chunk in filters.Chunk(100))
        {
            var codes = await connection.SubscribeAsync(chunk, _ended.Token);
            refused.AddRange(chunk.Zip(codes).Where(pair => pair.Second >= MqttReasonCode.UnspecifiedError).Select(pair => pair.First.Topic));
        }

        if (refused.Count > 0 && !IsRefused)
        {
            IotIngestLog.SubscriptionRefused(log, partition, string.Join(", ", refused.Take(5)));
        }

        IsRefused = refused.Count > 0;
    }
}
