using System.Net;
using Coworking.Local;
using Npgsql;

namespace Coworking.SystemTests.Running;

/// <summary>The three services with their demo data against real servers, and everybody who talks to them.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    private readonly PostgresServer _postgres;
    private readonly RabbitServer _rabbit;
    private readonly string _name;

    private TestPlatform(Platform platform, PostgresServer postgres, RabbitServer rabbit, MosquittoServer mosquitto, Uri bus, string name)
    {
        (Platform, _postgres, _rabbit, Mosquitto, Bus, _name) = (platform, postgres, rabbit, mosquitto, bus, name);
        Admin = new ApiClient(platform.Gateway, Demo.AdminKey);
        User = new ApiClient(platform.Gateway, Demo.UserKey);
        Nobody = new ApiClient(platform.Gateway, key: null);
        Devices = new DeviceSide(mosquitto, User);
    }

    internal Platform Platform { get; }

    internal MosquittoServer Mosquitto { get; }

    internal Uri Bus { get; }

    internal ApiClient Admin { get; }

    internal ApiClient User { get; }

    internal ApiClient Nobody { get; }

    internal DeviceSide Devices { get; }

    internal static async Task<TestPlatform> StartAsync(PostgresServer postgres, RabbitServer rabbit)
    {
        var name = $"system_{Guid.CreateVersion7():N}";
        // For whoever has to find out why a run failed.
        var logs = Environment.GetEnvironmentVariable("COWORKING_SYSTEM_LOGS") is { Length: > 0 } folder ? Path.Combine(folder, name) : null;
        var mosquitto = await MosquittoServer.StartAsync(new MosquittoServerOptions { DataDirectory = logs is null ? null : Path.Combine(logs, "mosquitto"), DynamicSecurity = true });

        try
        {
            var bus = await rabbit.CreateVirtualHostAsync(name);
            var platform = await Platform.StartAsync(new PlatformOptions
            {
                Postgres = postgres,
                Bus = bus,
                Mosquitto = mosquitto,
                Mail = await LocalServers.SharedMailAsync(),
                Database = name,
                Demo = true,
                LogFolder = logs,
                // The matrix asks for everything as one account, as fast as it can.
                ExtraEnvironment = new Dictionary<string, string?> { ["Limits__AccountPerMinute"] = "100000" },
            });
            return new TestPlatform(platform, postgres, rabbit, mosquitto, bus, name);
        }
        catch
        {
            await mosquitto.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes what only the database knows, as the role of a service.</summary>
    internal async Task<int> ExecuteAsync(string role, string sql, params object[] values)
    {
        await using var database = NpgsqlDataSource.Create($"{_postgres.ConnectionString(_name, role)};Pooling=false;Search Path={role},public");
        await using var command = database.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    internal Task<BusListener> ListenAsync(params string[] exchanges) =>
        BusListener.OpenAsync(Bus, $"observer.{Guid.CreateVersion7():N}", [.. exchanges.Select(name => "coworking:" + name)]);

    internal async Task<Guid> NewLocationAsync(string name = "Test location") =>
        (await Admin.PostAsync("/api/v1/locations", new { name, latitude = 19.4, longitude = -99.1 })).Expect(HttpStatusCode.Created).Id();

    internal async Task<TestSpace> NewSpaceAsync(int capacity = 8, Guid? locationId = null)
    {
        var location = locationId ?? await NewLocationAsync();
        var name = $"Test space {Guid.CreateVersion7():N}";
        var space = (await Admin.PostAsync("/api/v1/spaces", new { locationId = location, name, capacity })).Expect(HttpStatusCode.Created);
        return new TestSpace(space.Id(), location, name, capacity);
    }

    /// <summary>A space whose samples iot-ingest takes.</summary>
    internal async Task<TestSpace> NewMetSpaceAsync(int capacity = 8)
    {
        var space = await NewSpaceAsync(capacity);
        await Devices.MeetAsync(space);
        return space;
    }

    internal async Task<List<System.Text.Json.JsonElement>> AlertsAsync(TestSpace space, string query = "") =>
        (await User.GetAsync($"{space.Iot}/alerts{query}")).Expect(HttpStatusCode.OK).Rows();

    /// <summary>All rows of a list, page by page: other tests add to it meanwhile.</summary>
    internal static async Task<List<System.Text.Json.JsonElement>> AllAsync(ApiClient client, string path)
    {
        var rows = new List<System.Text.Json.JsonElement>();

        for (var (page, pages) = (1, 1); page <= pages; page++)
        {
            var list = (await client.GetAsync($"{path}?page={page}&pageSize=100")).Expect(HttpStatusCode.OK);
            rows.AddRange(list.Rows());
            pages = list.At("meta").Whole("totalPages");
        }

        return [.. rows.DistinctBy(row => row.Id())];
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        User.Dispose();
        Nobody.Dispose();
        await Platform.DisposeAsync();
        await Mosquitto.DisposeAsync();
        await _rabbit.DeleteVirtualHostAsync(_name);
        await _postgres.DropDatabaseAsync(_name);
    }
}
