using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Devices;

/// <summary>A service that lets nobody speak without an account.</summary>
public sealed class StrictFixture : IAsyncLifetime
{
    private TestPlatform? _platform;
    private RunningService? _service;

    internal TestPlatform Platform => _platform!;

    internal RunningService Service => _service!;

    public async ValueTask InitializeAsync()
    {
        _platform = await TestPlatform.CreateAsync();
        _service = await _platform.StartAsync("--Ingest:AllowAnonymousDevices=false");
    }

    public async ValueTask DisposeAsync()
    {
        await (_service?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_platform?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Not probed as anonymous devices may: nobody here listens for certain before a device of it is heard.</summary>
    internal Task<Room> AddRoomAsync() => Room.AddAsync(Platform, Service, isProbed: false);
}
