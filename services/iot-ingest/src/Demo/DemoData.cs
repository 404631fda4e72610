using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;
using Npgsql;

namespace Coworking.IotIngest.Demo;

/// <summary>Desired states and a day of past readings for the demo spaces, through the very path that devices take; the alerts of that day arise by themselves.</summary>
internal static class DemoData
{
    private static readonly Guid SalaAzul = new("b6194839-7438-4587-a52e-eeef27d00282");

    private static readonly Guid[] Rooms =
    [
        SalaAzul,
        new("7058a9a0-0fe6-4b77-b926-43ab0051eaee"),
        new("d7ec71e6-263f-4cf2-a712-9e842f7694f4"),
        new("8a3be298-fde7-4e7f-9250-44ba968760a8"),
    ];

    private static readonly Guid Pantry = new("5f0b7d1e-2c4a-4a7b-9d3e-6e1a0c8b4f21");

    // Spaces come over the bus: on a platform that starts all at once they are a few seconds away.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="InvalidOperationException">In Production, or where the demo's spaces do not arrive.</exception>
    public static async Task LoadAsync(IServiceProvider services)
    {
        if (services.GetRequiredService<IHostEnvironment>().IsProduction())
        {
            throw new InvalidOperationException("Demo data is refused in Production");
        }

        var database = services.GetRequiredService<NpgsqlDataSource>();
        var clock = services.GetRequiredService<TimeProvider>();
        var spaces = await WaitForSpacesAsync(services.GetRequiredService<SpaceDirectory>(), clock);

        foreach (var room in Rooms)
        {
            await SetDesired.StoreAsync(room, new SetDesired.Request(10, 1000), [], "demo", database, clock, CancellationToken.None);
        }

        if (spaces.Exists(space => space.Id == Pantry))
        {
            await ColdStore.RegisterAsync(database, Pantry, clock.GetUtcNow());
        }

        var store = services.GetRequiredService<ReadingStore>();

        foreach (var space in spaces)
        {
            if (!await HasSpokenAsync(database, space))
            {
                await store.StoreAsync(Day(space, clock.GetUtcNow()), CancellationToken.None);
            }
        }
    }

    /// <summary>A quiet day, a sample every 30 s; in Sala Azul bad air, then too many people, then somebody after hours.</summary>
    private static Batch Day(Space space, DateTimeOffset now)
    {
        var batch = new Batch();
        var first = now.AddHours(-24);

        for (var at = first; at < now.AddSeconds(-30); at += TimeSpan.FromSeconds(30))
        {
            var reading = new Reading { SpaceKey = space.Key, At = Database.Micros.Of(at) };
            var minute = (at - first).TotalMinutes;
            var wave = Math.Sin(minute / 90);
            var co2 = 480 + (60 * wave);
            var occupancy = 0;

            if (space.Id == SalaAzul)
            {
                co2 = minute is >= 120 and < 135 ? 1180 : co2;
                // 41 samples: hours that begin or end among them leave ten minutes on one side, and on one only, so it is one alert at any time of day.
                occupancy = minute is >= 200 and < 206 ? space.Capacity + 2 : minute is >= 240 and <= 260 ? 1 : 0;
            }

            // A space that nobody books is a cold store here: 4 to 6 °C.
            reading.Set(Metric.TempC, (int)(1000 * (space.Bookable ? 22 + wave : 5 + wave)));
            reading.Set(Metric.HumidityPct, (int)(1000 * (48 + (4 * wave))));
            reading.Set(Metric.Co2Ppm, (int)(1000 * co2));
            reading.Set(Metric.Occupancy, occupancy);
            reading.Set(Metric.PowerW, (int)(1000 * (80 + (15 * wave))));
            reading.Seal();
            batch.Add(new IngestItem { Space = space, Reading = reading });
        }

        batch.Seal();
        return batch;
    }

    private static async Task<List<Space>> WaitForSpacesAsync(SpaceDirectory directory, TimeProvider clock)
    {
        var started = clock.GetTimestamp();

        while (true)
        {
            await directory.ReadAsync(ids: null, CancellationToken.None);
            var known = directory.All.Where(space => directory.Locations.Contains(space.LocationId)).ToList();

            if (Rooms.All(room => known.Exists(space => space.Id == room)) && known.Count > Rooms.Length)
            {
                return known;
            }

            if (clock.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException("The demo's spaces have not arrived over the bus: load the demo data of reservations and start both services first");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), clock);
        }
    }

    private static async Task<bool> HasSpokenAsync(NpgsqlDataSource database, Space space)
    {
        await using var command = database.CreateCommand("select exists(select from space_states where space_key = $1 and latest_at > '-infinity')");
        command.Parameters.Add(new() { Value = space.Key });
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
