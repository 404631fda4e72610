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

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly TimeProvider _clock = clock;

    /// <summary>Where a twin is to be published (null: only cleared) and where the broker may hold something of it.</summary>
    private sealed record Due(Guid SpaceId, Guid? LocationId, Guid[] Retained, int Sampling, int Threshold, long Version);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(Channel, _ => Wake());
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
            await PublishAsync(client, twin, cancellationToken);
        }

        return due.Count;
    }

    private async Task PublishAsync(MqttClient client, Due twin, CancellationToken cancellationToken)
    {
        if (twin.LocationId is { } target && !twin.Retained.Contains(target))
        {
            // Noted before it is sent: should this process die in between and the space move on, somebody still knows what to clear.
            await ExecuteAsync("update twins set retained_location_ids = array_append(retained_location_ids, $2) where space_id = $1", cancellationToken, twin.SpaceId, target);
        }

        // A device that moved must not find what its old place once asked for.
        foreach (var before in twin.Retained.Where(location => location != twin.LocationId))
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

        await ExecuteAsync(
            """
            update twins set published_version = $2, published_location_id = ($3::uuid[])[1], retained_location_ids = $3, desired_published_at = $4 where space_id = $1
            """,
            cancellationToken, twin.SpaceId, twin.Version, twin.LocationId is { } held ? new[] { held } : Array.Empty<Guid>(), _clock.GetUtcNow().UtcDateTime);
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
        // published_location_id: what a replica of the version before has published.
        await using var command = database.CreateCommand($"""
            select t.space_id, x.location_id, x.retained, t.desired_sampling_sec, t.desired_co2_threshold, t.desired_version
            from twins t join spaces s on s.id = t.space_id
            cross join lateral (select case when s.removed then null else s.location_id end as location_id,
                array(select unnest(t.retained_location_ids) union select t.published_location_id where t.published_location_id is not null) as retained) x
            where t.desired_version > 0
              and (t.published_version <> t.desired_version or t.published_location_id is distinct from x.location_id
                or x.retained <> array_remove(array[x.location_id], null))
            order by t.desired_at limit {Window}
            """);
        var due = new List<Due>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(new Due(
                reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetFieldValue<Guid[]>(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetInt64(5)));
        }

        return due;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = database.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyhow: a thousand notices are one.
        }
    }
}
