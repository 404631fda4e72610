using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>The demo data of wire.md, as a client finds it.</summary>
public sealed class DemoDataTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    /// <summary>Space, location, name, capacity, opens, closes, last work day.</summary>
    public static TheoryData<Guid, Guid, string, int, string, string, int> Spaces { get; } = new()
    {
        { Demo.SalaAzul, Demo.North, "Sala Azul", 8, "09:00", "18:00", 5 },
        { Demo.Verde, Demo.North, "Área Colaborativa Verde", 20, "08:00", "20:00", 5 },
        { Demo.Cabina, Demo.South, "Cabina Creativa A", 4, "09:00", "17:00", 5 },
        { Demo.SalaPrincipal, Demo.South, "Sala Principal", 30, "08:00", "22:00", 6 },
    };

    [Fact]
    public async Task The_two_locations_stand_where_they_should()
    {
        var north = (await _platform.User.GetAsync($"/api/v1/locations/{Demo.North}")).Expect(HttpStatusCode.OK);
        var south = (await _platform.User.GetAsync($"/api/v1/locations/{Demo.South}")).Expect(HttpStatusCode.OK);

        Assert.Equal(("Torre de Innovación Norte", 19.4326, -99.1332), (north.Text("name"), north.Number("latitude"), north.Number("longitude")));
        Assert.Equal(("Hub Creativo Sur", 19.4284, -99.1671), (south.Text("name"), south.Number("latitude"), south.Number("longitude")));
        Assert.Equal(["America/Mexico_City", "America/Mexico_City"], [north.Text("timezone"), south.Text("timezone")]);
    }

    [Theory, MemberData(nameof(Spaces))]
    public async Task Each_space_has_its_hours_its_wishes_and_a_day_behind_it(
        Guid id, Guid location, string name, int capacity, string opens, string closes, int lastDay)
    {
        // The twin reaches reservations over the bus.
        var space = await Eventually.ReadAsync(
            async () => (await _platform.User.GetAsync($"/api/v1/spaces/{id}")).Expect(HttpStatusCode.OK), read => !read.IsNull("deviceDesired"), $"the twin of {name}");
        Assert.Equal((location, name, capacity), (space.Id("locationId"), space.Text("name"), space.Whole("capacity")));
        var hours = space.At("officeHours");
        Assert.Equal((opens, closes, "America/Mexico_City"), (hours.Text("openTime"), hours.Text("closeTime"), hours.Text("timezone")));
        Assert.Equal(Enumerable.Range(1, lastDay), hours.At("workDays").EnumerateArray().Select(day => day.GetInt32()));
        Assert.Equal((10, 1000), Desired(space.At("deviceDesired")));
        Assert.Equal((10, 1000), Desired((await _platform.User.GetAsync($"/api/v1/iot/spaces/{id}/twin")).Json.At("desired")));

        var windows = (await _platform.User.GetAsync($"/api/v1/iot/spaces/{id}/telemetry?minutes=1440")).Expect(HttpStatusCode.OK).Rows();
        Assert.InRange(windows.Count, 1400, 1440);
        var started = windows.ConvertAll(window => window.Instant("windowStart"));
        Assert.Equal(started.Order(), started);
        Assert.InRange(TimeProvider.System.GetUtcNow() - started[^1], TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(40));

        static (int, int) Desired(JsonElement desired) => (desired.Whole("samplingIntervalSec"), desired.Whole("co2AlertThreshold"));
    }

    [Fact]
    public async Task Two_bookings_are_made_for_tomorrow()
    {
        // Midnight may have come since they were made.
        var today = LocalTime.Today;

        foreach (var (space, email, hour) in new[] { (Demo.SalaAzul, "ana@example.com", 9), (Demo.Verde, "carlos@example.com", 14) })
        {
            // Whoever tries the examples of the document books elsewhere under these names.
            var booking = Assert.Single((await _platform.User.GetAsync($"/api/v1/bookings?clientEmail={email}&spaceId={space}")).Expect(HttpStatusCode.OK).Rows());
            Assert.Contains(booking.Instant("startTime"), (DateTimeOffset[])[LocalTime.At(today, hour), LocalTime.At(today.AddDays(1), hour)]);
            Assert.Equal(TimeSpan.FromHours(2), booking.Instant("endTime") - booking.Instant("startTime"));
        }
    }

    [Fact]
    public async Task The_pantry_is_watched_and_cannot_be_booked()
    {
        var spaces = (await _platform.User.GetAsync($"/api/v1/spaces?locationId={Demo.North}")).Expect(HttpStatusCode.OK).Rows();
        var pantry = Assert.Single(spaces, space => space.Text("name") == "Despensa");
        Assert.Equal(("pantry", false), (pantry.Text("kind"), pantry.At("bookable").GetBoolean()));
        Assert.Equal((2.0, 8.0), (pantry.At("climate").Number("tempMin"), pantry.At("climate").Number("tempMax")));
        (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(pantry.Id(), Wish.NewEmail(), LocalTime.ComingMonday(), 9, 10))).ExpectProblem(HttpStatusCode.Conflict);

        var windows = (await _platform.User.GetAsync($"/api/v1/iot/spaces/{pantry.Id()}/telemetry?minutes=1440")).Expect(HttpStatusCode.OK).Rows();
        Assert.InRange(windows.Count, 1400, 1440);
        Assert.All(windows, window => Assert.InRange(window.Number("tempCAvg"), 2, 8));
    }

    [Fact]
    public async Task One_alert_of_each_of_three_kinds_has_come_and_gone()
    {
        var alerts = new List<JsonElement>();

        foreach (var space in new[] { Demo.SalaAzul, Demo.Verde, Demo.Cabina, Demo.SalaPrincipal })
        {
            // Nobody goes on speaking for the demo's spaces: after a quarter of an hour they are silent.
            alerts.AddRange((await _platform.User.GetAsync($"/api/v1/iot/spaces/{space}/alerts?limit=200")).Expect(HttpStatusCode.OK).Rows().Where(alert => alert.Text("kind") != "SENSOR_ERROR"));
        }

        Assert.Equal(["CO2", "OCCUPANCY_MAX", "OCCUPANCY_UNEXPECTED"], alerts.Select(alert => alert.Text("kind")).Order(StringComparer.Ordinal));
        Assert.All(alerts, alert => Assert.False(alert.IsNull("resolvedAt")));
    }
}
