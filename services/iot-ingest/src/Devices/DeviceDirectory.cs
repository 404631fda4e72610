using System.Collections.Frozen;
using System.Text;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>Every registered device in memory, and whose a message is. Whoever changes a device NOTIFYs; each replica reads the table again.</summary>
internal sealed class DeviceDirectory(NpgsqlDataSource database, PostgresListener listener, TimeProvider clock, ILogger<DeviceDirectory> log) : BackgroundService
{
    /// <summary>No payload: devices change rarely, and a table of thousands is read in milliseconds.</summary>
    public const string Channel = "iot_devices";

    // Registrations in a row are read together.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _changed = new(0);
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Picture _picture = new([]);

    /// <summary>Completes when the devices have been read once: before that a registered device looks unknown.</summary>
    public Task Loaded => _loaded.Task;

    public IEnumerable<KnownDevice> All => _picture.ById.Values;

    public KnownDevice? Find(Guid id) => _picture.ById.GetValueOrDefault(id);

    /// <summary>Notes that the device spoke: the one that a message names, else the only one of the space. Says why where that cannot be.</summary>
    /// <param name="space">The space of the topic.</param>
    /// <param name="serial">Member device of the payload, UTF-8; empty where it has none.</param>
    /// <param name="now">The server's clock.</param>
    /// <param name="device">Null where the space has no device, or several.</param>
    public Rejection? Attribute(Space space, ReadOnlySpan<byte> serial, DateTimeOffset now, out KnownDevice? device)
    {
        var picture = _picture;
        device = null;

        if (serial.IsEmpty)
        {
            device = picture.OnlyOneOf.GetValueOrDefault(space.Id);
        }
        else
        {
            Span<char> text = stackalloc char[DeviceFields.MaxSerial];

            if (!Encoding.UTF8.TryGetChars(serial, text, out var length)
                || !picture.BySerial.TryGetValue(text[..length], out device) || device.SpaceId != space.Id)
            {
                return new Rejection(Rejection.UnknownDevice, $"this space has no device {Encoding.UTF8.GetString(serial)}");
            }
        }

        if (device is not null)
        {
            Saw(device, now);
        }

        return null;
    }

    public void Saw(KnownDevice device, DateTimeOffset now)
    {
        if (device.Seen(Micros.Of(now)))
        {
            _arrived.Release();
        }
    }

    /// <summary>Waits until a silent device has spoken, or so long.</summary>
    public async Task ArrivalAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        await _arrived.WaitAsync(most, cancellationToken);

        while (_arrived.Wait(0, CancellationToken.None))
        {
            // All of them are written together.
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(Channel, _ => _changed.Release());
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _changed.Dispose();
        _arrived.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _changed.WaitAsync(stoppingToken);

            try
            {
                await Task.Delay(Pause, clock, stoppingToken);

                while (_changed.Wait(0, CancellationToken.None))
                {
                    // One reading answers all of them.
                }

                await ReadAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.DevicesStale(log, e.Message);
                _changed.Release();
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, serial_number, space_id, firmware_version, online from devices");
        var devices = new List<KnownDevice>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var (id, serial, space, firmware, isOnline) =
                (reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetBoolean(4));
            var before = Find(id);

            // One that has moved is another object: its space is read without a lock.
            devices.Add(
                before is null ? new KnownDevice(id, serial, space, firmware, isOnline)
                : before.SpaceId == space ? before.Became(firmware, isOnline)
                : new KnownDevice(id, serial, space, firmware, isOnline).After(before));
        }

        _picture = new Picture(devices);
        _loaded.TrySetResult();
    }

    private sealed class Picture(List<KnownDevice> devices)
    {
        public FrozenDictionary<Guid, KnownDevice> ById { get; } = devices.ToFrozenDictionary(device => device.Id);

        public FrozenDictionary<string, KnownDevice>.AlternateLookup<ReadOnlySpan<char>> BySerial { get; } =
            devices.ToFrozenDictionary(device => device.SerialNumber, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        /// <summary>Devices that are alone in their space, by its id.</summary>
        public FrozenDictionary<Guid, KnownDevice> OnlyOneOf { get; } =
            devices.GroupBy(device => device.SpaceId).Where(group => group.Count() == 1).ToFrozenDictionary(group => group.Key, group => group.First());
    }
}
