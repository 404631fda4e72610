using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>The tables and the store alone, without a service around them.</summary>
public sealed class StoreFixture : IAsyncLifetime
{
    private TestPlatform? _platform;
    private PostgresListener? _listener;
    private SpaceDirectory? _spaces;

    internal TestPlatform Platform => _platform!;

    internal SpaceDirectory Spaces => _spaces!;

    public async ValueTask InitializeAsync()
    {
        _platform = await TestPlatform.CreateAsync();
        _listener = new PostgresListener(_platform.Database, TimeProvider.System, NullLogger<PostgresListener>.Instance);
        _spaces = new SpaceDirectory(_platform.Database, _listener, TimeProvider.System, NullLogger<SpaceDirectory>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _spaces?.Dispose();
        _listener?.Dispose();
        await (_platform?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    internal Store OpenStore() => new(_platform!, _spaces!);

    /// <summary>A space of capacity 8, never open, whose key readings carry.</summary>
    internal async Task<Space> AddSpaceAsync()
    {
        var id = Guid.CreateVersion7();
        await Platform.ExecuteAsync(
            """
            insert into spaces (id, location_id, name, kind, capacity, bookable, active, timezone, office_hours, version)
            values ($1, $1, 'Sala', 'studio', 8, false, true, 'UTC', '{"openTime":"09:00","closeTime":"18:00","timezone":"UTC","workDays":[]}', 1)
            """, id);
        await Spaces.ReadAsync([id], TestContext.Current.CancellationToken);
        Assert.True(Spaces.TryGet(id, out var space));
        return space;
    }
}

/// <summary>One replica's store, on a connection of its own.</summary>
internal sealed class Store : IAsyncDisposable
{
    private readonly IngestDatabase _database;
    private readonly ReadingStore _store;

    internal Store(TestPlatform platform, SpaceDirectory spaces)
    {
        _database = new IngestDatabase(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = platform.ConnectionString }).Build());
        _store = new ReadingStore(_database, spaces, TimeProvider.System);
    }

    /// <summary>Stores one batch as the batcher does: what another replica undid is tried again.</summary>
    internal Task<ReadingStore.Outcome> StoreAsync(IEnumerable<Reading> readings, string? traceParent = null) =>
        StoreAsync(readings.Select(reading => new IngestItem { Reading = reading, Trace = traceParent is null ? null : new ReadingTrace(traceParent, Span: null) }));

    internal Task<ReadingStore.Outcome> StoreAsync(IEnumerable<ReportedState> reported) =>
        StoreAsync(reported.Select(state => new IngestItem { Space = state.Space, Reported = state }));

    private async Task<ReadingStore.Outcome> StoreAsync(IEnumerable<IngestItem> items)
    {
        var batch = new Batch();

        foreach (var item in items)
        {
            batch.Add(item);
        }

        batch.Seal();

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await _store.StoreAsync(batch, TestContext.Current.CancellationToken);
            }
            catch (Npgsql.PostgresException e) when (attempt < 5 && e.SqlState is Npgsql.PostgresErrorCodes.UniqueViolation or Npgsql.PostgresErrorCodes.DeadlockDetected)
            {
                // Somebody else was first.
            }
        }
    }

    internal static Reading Sample(Space space, DateTimeOffset at, int? co2 = null, int? occupancy = null, int? temp = null, bool? powerOk = null)
    {
        var reading = new Reading { SpaceKey = space.Key, At = Micros.Of(at), PowerOk = powerOk };

        foreach (var (metric, value) in ((int, int?)[])[(Metric.Co2Ppm, co2), (Metric.Occupancy, occupancy), (Metric.TempC, temp)])
        {
            if (value is { } number)
            {
                reading.Set(metric, number);
            }
        }

        reading.Seal();
        return reading;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
