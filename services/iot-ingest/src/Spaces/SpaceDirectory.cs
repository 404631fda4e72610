using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Coworking.Hosting.Postgres;
using Npgsql;

namespace Coworking.IotIngest.Spaces;

/// <summary>Every known space in memory. Whoever changes a space's settings writes the tables and NOTIFYs; each replica re-reads what it was told of.</summary>
internal sealed class SpaceDirectory(NpgsqlDataSource database, PostgresListener listener, TimeProvider clock, ILogger<SpaceDirectory> log) : BackgroundService
{
    /// <summary>Payload: the id of a space, or nothing for all of them.</summary>
    public const string Channel = "iot_spaces";

    // Many bookings in a second are many notices of few spaces, each with a long schedule: after a reading it rests four times as long, a second at most.
    private const int RestPerReading = 4;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Space> _byId = new();
    private readonly ConcurrentDictionary<int, Space> _byKey = new();
    private readonly Channel<Guid?> _changes = System.Threading.Channels.Channel.CreateUnbounded<Guid?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrozenSet<Guid> _locations = [];

    /// <summary>Completes when every space has been read once: before that a known space looks unknown.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Called after <see cref="Locations"/> has changed; must not block.</summary>
    public Action? LocationsChanged { get; set; }

    /// <summary>Every location whose devices are listened to.</summary>
    public FrozenSet<Guid> Locations => _locations;

    public IEnumerable<Space> All => _byId.Values;

    public bool TryGet(Guid id, [NotNullWhen(true)] out Space? space) => _byId.TryGetValue(id, out space);

    public bool TryGet(int key, [NotNullWhen(true)] out Space? space) => _byKey.TryGetValue(key, out space);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(Channel, payload => _changes.Writer.TryWrite(Guid.TryParse(payload, out var id) ? id : null));
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var changed = new HashSet<Guid>();

        while (await _changes.Reader.WaitToReadAsync(stoppingToken))
        {
            var all = false;

            while (_changes.Reader.TryRead(out var id))
            {
                all |= id is null;
                changed.Add(id ?? Guid.Empty);
            }

            try
            {
                var began = clock.GetTimestamp();
                await ReadAsync(all ? null : [.. changed], stoppingToken);
                changed.Clear();
                var rest = RestPerReading * clock.GetElapsedTime(began);
                await Task.Delay(rest < LongestRest ? rest : LongestRest, clock, stoppingToken);
            }
#pragma warning disable CA1031 // A row that cannot be read must end neither this loop nor the host: what is known stays, and it is read again.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                IotIngestLog.DirectoryStale(log, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                // The listener's reconnect asks for everything; this covers a failure that it did not see.
                _changes.Writer.TryWrite(null);
            }
        }
    }

    /// <summary>Reads these spaces again, or all of them.</summary>
    public async Task ReadAsync(Guid[]? ids, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var read = await SpaceReader.ReadAsync(connection, ids, clock.GetUtcNow(), cancellationToken);

        foreach (var gone in (ids ?? [.. _byId.Keys]).Except(read.Select(space => space.Id)))
        {
            if (_byId.TryRemove(gone, out var space))
            {
                _byKey.TryRemove(space.Key, out _);
            }
        }

        foreach (var space in read)
        {
            _byId[space.Id] = space;
            _byKey[space.Key] = space;
        }

        var locations = (await SpaceReader.LocationsAsync(connection, cancellationToken)).ToFrozenSet();

        if (!locations.SetEquals(_locations))
        {
            _locations = locations;
            LocationsChanged?.Invoke();
        }

        if (ids is null)
        {
            _loaded.TrySetResult();
        }
    }
}
