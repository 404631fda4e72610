using System.Net;
using Coworking.Local;
using Coworking.SystemTests.Running;

[assembly: AssemblyFixture(typeof(RunningPlatform))]

namespace Coworking.SystemTests.Running;

/// <summary>The platform that every class shares which ends nobody; each test takes spaces and clients of its own.</summary>
public sealed class RunningPlatform : IAsyncLifetime
{
    private TestPlatform? _platform;

    internal TestPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not been started");

    public async ValueTask InitializeAsync()
    {
        var servers = await LocalServers.SharedAsync();
        _platform = await TestPlatform.StartAsync(servers.Postgres, servers.Rabbit);
        // What has never run is compiled while the first requests wait, those of all classes at once: longer than a gateway waits for a connection.
        await Wait.UntilAsync(
            async () => (await _platform.Admin.PostAsync("/api/v1/locations", new { name = "First", latitude = 19.4, longitude = -99.1 })).Status == HttpStatusCode.Created,
            TimeSpan.FromSeconds(30),
            "the first location is made",
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }
}
