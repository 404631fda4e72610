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
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }
}
