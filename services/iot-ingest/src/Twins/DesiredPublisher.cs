using System.Text.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Ingest;
using Coworking.Mqtt;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>Brings desired states to the broker, retained, until what it holds equals the table. A broker that is away is waited for; the table forgets nothing.</summary>
internal sealed class DesiredPublisher(
    NpgsqlDataSource database, LeaseStore leases, PostgresListener listener, IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<DesiredPublisher> log)
    : LeasedService("desired", leases, clock, log)
{
    public const string Channel = "iot_desired";

    private const int Window = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly TimeProvider _clock = clock;

    /// <summary>Where a twin is to be published (null: only cleared) and where it was published before.</summary>
    private sealed record Due(Guid SpaceId, Guid? LocationId, Guid? PublishedLocationId, int Sampling, int Threshold, long Version);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(Channel, _ => _wake.Release());
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        await using var client = new MqttClient(options.Value.Mqtt.ClientOptions("iot-ingest-desired", _clock));
        await client.StartAsync(cancellationToken);

        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                while (await PublishAsync(client, cancellationToken) == Window)
                {
                    // A full window: more is waiting.
                }
            }
            catch (Exception e) when (e is NpgsqlException or MqttException or TimeoutException or IOException)
            {
                IotIngestLog.DesiredDelayed(log, e.Message);
            }

            await _wake.WaitAsync(Poll, cancellationToken);
        }
    }

    private async Task<int> PublishAsync(MqttClient client, CancellationToken cancellationToken)
    {
        var due = await DueAsync(cancellationToken);

        foreach (var twin in due)
        {
            // A device that moved must not find what its old place once asked for.
            if (twin.PublishedLocationId is { } before && before != twin.LocationId)
            {
                await SendAsync(client, before, twin.SpaceId, ReadOnlyMemory<byte>.Empty, cancellationToken);
            }

            if (twin.LocationId is { } location)
            {
                // Mixed case, exactly these keys: the firmware reads them so.
                var payload = JsonSerializer.SerializeToUtf8Bytes(
                    new Dictionary<string, int> { ["samplingIntervalSec"] = twin.Sampling, ["co2_alert_threshold"] = twin.Threshold });
                await SendAsync(client, location, twin.SpaceId, payload, cancellationToken);
            }

            await using var done = database.CreateCommand("update twins set published_version = $2, published_location_id = $3 where space_id = $1");
            done.Parameters.Add(new() { Value = twin.SpaceId });
            done.Parameters.Add(new() { Value = twin.Version });
            done.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = twin.LocationId });
            await done.ExecuteNonQueryAsync(cancellationToken);
        }

        return due.Count;
    }

    private static async Task SendAsync(MqttClient client, Guid location, Guid space, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var code = await client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = DeviceTopic.Desired(location, space),
                Payload = payload,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                Retain = true,
            }, cancellationToken);

        if (code >= MqttReasonCode.UnspecifiedError)
        {
            throw new MqttException($"the broker refused the desired state of space {space}: {code}");
        }
    }

    private async Task<List<Due>> DueAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            select t.space_id, case when s.removed then null else s.location_id end, t.published_location_id, t.desired_sampling_sec, t.desired_co2_threshold, t.desired_version
            from twins t join spaces s on s.id = t.space_id
            where t.desired_version > 0
              and (t.published_version <> t.desired_version or t.published_location_id is distinct from case when s.removed then null else s.location_id end)
            order by t.desired_at limit {Window}
            """);
        var due = new List<Due>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(new Due(
                reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetInt64(5)));
        }

        return due;
    }
}
