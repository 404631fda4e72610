using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>What a browser client of the wire contract does, in its order and with what it sends.</summary>
public sealed class WebClientTests(RunningPlatform running)
{
    private static readonly int[] WorkDays = [1, 2, 3];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_day_at_the_desk_of_a_USER()
    {
        var client = _platform.User;
        (await _platform.Nobody.GetAsync("/health")).Expect(HttpStatusCode.OK);
        // The web client asks so whether its key is ADMIN.
        (await client.GetAsync("/api/v1/api-keys")).ExpectProblem(HttpStatusCode.Forbidden);

        var locations = await TestPlatform.AllAsync(client, "/api/v1/locations");
        var north = Assert.Single(locations, row => row.Id() == Demo.North);
        var spaces = (await client.GetAsync($"/api/v1/spaces?locationId={north.Id()}")).Expect(HttpStatusCode.OK).Rows();
        var blue = Assert.Single(spaces, row => row.Text("name") == "Sala Azul");
        var detail = (await client.GetAsync($"/api/v1/spaces/{blue.Id()}")).Expect(HttpStatusCode.OK);
        detail.HasMembers("officeHours", "deviceDesired", "deviceReported");

        await using var stream = await LiveStream.OpenAsync(_platform.Nobody, $"?key={Demo.UserKey}");
        await stream.WaitForAsync("telemetry", data => data.Id("spaceId") == blue.Id(), "live values");
        (await client.GetAsync($"/api/v1/iot/spaces/{blue.Id()}/twin")).Expect(HttpStatusCode.OK).HasMembers("desired", "reported");
        Assert.NotEmpty((await client.GetAsync($"/api/v1/iot/spaces/{blue.Id()}/telemetry?minutes=1440")).Expect(HttpStatusCode.OK).Rows());
        Assert.NotEmpty((await client.GetAsync($"/api/v1/iot/spaces/{blue.Id()}/alerts?limit=20")).Expect(HttpStatusCode.OK).Rows());
        (await client.GetAsync($"/api/v1/iot/spaces/{blue.Id()}/office-hours")).Expect(HttpStatusCode.OK).HasMembers("openTime", "closeTime");

        var (email, monday) = (Wish.NewEmail("walker"), LocalTime.ComingMonday(3));
        var booking = (await client.PostAsync("/api/v1/bookings", Wish.For(blue.Id(), email, monday, 16, 17))).Expect(HttpStatusCode.Created);
        Assert.Single((await client.GetAsync($"/api/v1/bookings?clientEmail={email}")).Expect(HttpStatusCode.OK).Rows());
        (await client.PatchAsync($"/api/v1/bookings/{booking.Id()}", new { endTime = Sample.Time(LocalTime.At(monday, 18)) })).Expect(HttpStatusCode.OK);
        (await client.DeleteAsync($"/api/v1/bookings/{booking.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        Assert.Empty((await client.GetAsync($"/api/v1/bookings?clientEmail={email}")).Expect(HttpStatusCode.OK).Rows());
    }

    [Fact]
    public async Task A_day_at_the_desk_of_an_ADMIN()
    {
        var client = _platform.Admin;
        (await client.GetAsync("/api/v1/api-keys")).Expect(HttpStatusCode.OK);
        var location = (await client.PostAsync("/api/v1/locations", new { name = "Nueva", latitude = 19, longitude = -99, timezone = "America/Mexico_City" })).Expect(HttpStatusCode.Created);
        var space = (await client.PostAsync("/api/v1/spaces", new { locationId = location.Id(), name = "Sala", capacity = 4, reference = (string?)null, description = "" }))
            .Expect(HttpStatusCode.Created);
        var iot = $"/api/v1/iot/spaces/{space.Id()}";
        (await client.PutAsync($"{iot}/office-hours", new { openTime = "08:30", closeTime = "19:00", timezone = "America/Mexico_City", workDays = WorkDays })).Expect(HttpStatusCode.OK);
        await Eventually.HoldsAsync(() => client.ServesAsync($"{iot}/twin"), "iot-ingest has heard of the space");
        (await client.PatchAsync($"{iot}/desired", new { samplingIntervalSec = 15, co2AlertThreshold = 800 })).Expect(HttpStatusCode.OK);
        (await client.PatchAsync($"/api/v1/spaces/{space.Id()}", new { name = "Sala Nueva", capacity = 5 })).Expect(HttpStatusCode.OK);
        (await client.DeleteAsync($"/api/v1/spaces/{space.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        await Eventually.HoldsAsync(async () => (await client.GetAsync($"{iot}/twin")).Status == HttpStatusCode.NotFound, "iot-ingest has heard of its end");
        (await client.DeleteAsync($"/api/v1/locations/{location.Id()}")).ExpectBare(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_republish_says_everything_again_on_the_bus()
    {
        var space = await _platform.NewSpaceAsync();
        var booking = (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), LocalTime.ComingMonday(2), 9, 10))).Expect(HttpStatusCode.Created).Id();
        await Eventually.HoldsAsync(() => _platform.User.ServesAsync($"{space.Iot}/twin"), "iot-ingest has heard of the space");
        (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { samplingIntervalSec = 25 })).Expect(HttpStatusCode.OK);
        await using var bus = await _platform.ListenAsync("location-changed", "space-changed", "booking-placed", "twin-changed");

        var asked = await _platform.Admin.PostAsync("/api/v1/admin/republish", new { });
        Assert.True((int)asked.Status is 200 or 202, $"{asked.Status}: {asked.Text}");

        await bus.WaitForAsync(heard => heard.Exchange == "coworking:location-changed" && heard.Body.At("location").Id() == Demo.North, "the location");
        await bus.WaitForAsync(heard => heard.Exchange == "coworking:space-changed" && heard.Body.At("space").Id() == space.Id, "the space");
        await bus.WaitForAsync(heard => heard.Exchange == "coworking:booking-placed" && heard.Body.At("booking").Id() == booking, "the booking");
        await bus.WaitForAsync(heard => heard.Exchange == "coworking:twin-changed" && heard.Body.Id("spaceId") == space.Id, "the twin");
    }
}
