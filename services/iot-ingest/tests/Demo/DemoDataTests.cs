using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Demo;

public sealed class DemoDataTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static readonly Guid North = new("cfaa672e-cf6e-4192-8736-254ca954928c");
    private static readonly Guid South = new("3f1c44fe-d226-4c7a-9192-15c547011bda");
    private static readonly Guid Pantry = new("5f0b7d1e-2c4a-4a7b-9d3e-6e1a0c8b4f21");
    private static readonly Guid SalaAzul = new("b6194839-7438-4587-a52e-eeef27d00282");

    [Fact]
    public async Task The_demo_has_a_day_of_readings_and_one_resolved_alert_of_each_kind_however_often_it_is_loaded()
    {
        (Guid Id, Guid Location, int Capacity, string Open, string Close, bool Bookable)[] spaces =
        [
            (SalaAzul, North, 8, "09:00", "18:00", true),
            (new("7058a9a0-0fe6-4b77-b926-43ab0051eaee"), North, 20, "08:00", "20:00", true),
            (new("d7ec71e6-263f-4cf2-a712-9e842f7694f4"), South, 4, "09:00", "17:00", true),
            (new("8a3be298-fde7-4e7f-9250-44ba968760a8"), South, 30, "08:00", "22:00", true),
            (Pantry, North, 2, "00:00", "00:00", false),
        ];

        foreach (var location in (Guid[])[North, South])
        {
            await fixture.Platform.Bus.SayAsync(TestPlatform.Location(location));
        }

        foreach (var (id, location, capacity, open, close, bookable) in spaces)
        {
            var hours = bookable ? new OfficeHours(open, close, "America/Mexico_City", [1, 2, 3, 4, 5]) : null;
            var facts = new SpaceFacts(id, location, "Sala", "meeting_room", capacity, bookable, Active: true, "America/Mexico_City", hours, Climate: null);
            await fixture.Platform.Bus.SayAsync(new SpaceChanged(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), 1, ChangeKinds.Registered, facts));
            await fixture.Service.KnowsAsync(id);
        }

        Assert.Equal(0, await fixture.Platform.VerbAsync("demo"));
        var readings = await fixture.Platform.ScalarAsync<long>("select count(*) from readings");
        Assert.Equal(0, await fixture.Platform.VerbAsync("demo"));

        Assert.Equal(readings, await fixture.Platform.ScalarAsync<long>("select count(*) from readings"));
        Assert.InRange(readings, 5 * 2870, 5 * 2880);
        var alerts = (await fixture.Service.GetAsync($"/api/v1/iot/spaces/{SalaAzul}/alerts?limit=200")).EnumerateArray().ToArray();
        Assert.Equal(["CO2", "OCCUPANCY_MAX", "OCCUPANCY_UNEXPECTED"], alerts.Select(alert => alert.GetProperty("kind").GetString()).Order());
        Assert.All(alerts, alert => Assert.Equal("resolved", alert.GetProperty("status").GetString()));
        Assert.Equal(3, await fixture.Platform.ScalarAsync<long>("select count(*) from alerts"));
        var twin = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{SalaAzul}/twin");
        Assert.Equal("""{"samplingIntervalSec":10,"co2AlertThreshold":1000}""", twin.GetProperty("desired").GetRawText());
        Assert.Equal(1, twin.GetProperty("desiredVersion").GetInt64());
        var device = Assert.Single((await fixture.Service.GetAsync("/api/v1/devices")).GetProperty("data").EnumerateArray());
        Assert.Equal(("COLD-0001", Pantry), (device.GetProperty("serialNumber").GetString(), device.GetProperty("spaceId").GetGuid()));
    }
}
