using Coworking.Local;

namespace Coworking.SystemTests.Running;

/// <summary>A platform for those tests that kill its parts, with a broker and a bus of its own; they run one after the other.</summary>
public sealed class MortalPlatform : IAsyncLifetime
{
    private TestPlatform? _platform;
    private RabbitServer? _rabbit;

    internal TestPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not been started");

    internal RabbitServer Rabbit => _rabbit ?? throw new InvalidOperationException("The bus has not been started");

    public async ValueTask InitializeAsync()
    {
        _rabbit = await RabbitServer.StartAsync(new RabbitServerOptions());
        _platform = await TestPlatform.StartAsync(await LocalServers.SharedPostgresAsync(), _rabbit);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }

        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(MortalPlatform))]
public sealed class MortalPlatforms : ICollectionFixture<MortalPlatform>;
