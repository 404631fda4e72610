using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>The rows of wire.md about spaces and their office hours.</summary>
public sealed class SpacesTests(RunningPlatform running)
{
    private const string Path = "/api/v1/spaces";

    private static readonly string[] Members = ["id", "locationId", "name", "reference", "capacity", "description", "createdAt", "updatedAt", "location", "_count"];

    private static readonly int[] Weekend = [6, 7];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_space_is_registered_read_changed_and_removed()
    {
        var location = await _platform.NewLocationAsync();
        var body = new { locationId = location, name = "Sala Roja", reference = "R-1", capacity = 6, description = "Red" };
        var created = (await _platform.Admin.PostAsync(Path, body)).Expect(HttpStatusCode.Created);
        created.HasMembers(Members);
        created.At("location").HasMembers("id", "name", "latitude", "longitude");
        Assert.Equal((location, 7, 0), (created.Id("locationId"), created.Id().Version, created.At("_count", "bookings").GetInt32()));
        var one = $"{Path}/{created.Id()}";

        var read = (await _platform.User.GetAsync(one)).Expect(HttpStatusCode.OK);
        read.HasMembers([.. Members, "officeHours", "deviceDesired", "deviceReported"]);
        read.At("location").HasMembers("id", "name", "latitude", "longitude", "timezone", "createdAt", "updatedAt");
        Assert.True(read.IsNull("officeHours") && read.IsNull("deviceDesired") && read.IsNull("deviceReported"));

        var changed = (await _platform.Admin.PatchAsync(one, new { name = "Sala Verde", capacity = 7 })).Expect(HttpStatusCode.OK);
        changed.HasMembers(Members);
        Assert.Equal(("Sala Verde", 7, "R-1"), (changed.Text("name"), changed.Whole("capacity"), changed.Text("reference")));

        (await _platform.Admin.DeleteAsync(one)).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.User.GetAsync(one)).ExpectProblem(HttpStatusCode.NotFound, "Space not found");
    }

    [Fact]
    public async Task The_list_can_be_of_one_location()
    {
        var first = await _platform.NewSpaceAsync();
        var second = await _platform.NewSpaceAsync(locationId: first.LocationId);

        var list = (await _platform.User.GetAsync($"{Path}?locationId={first.LocationId}")).Expect(HttpStatusCode.OK);
        Assert.All(list.Rows(), row => row.HasMembers(Members));
        Assert.Equal(new[] { first.Id, second.Id }.Order(), list.Rows().Select(row => row.Id()).Order());
        Assert.Equal((2, 1), (list.At("meta").Whole("total"), list.At("meta").Whole("totalPages")));
        var empty = (await _platform.User.GetAsync($"{Path}?locationId={Guid.CreateVersion7()}")).Expect(HttpStatusCode.OK);
        Assert.Equal((0, 0), (empty.At("meta").Whole("total"), empty.At("meta").Whole("totalPages")));
        (await _platform.User.GetAsync($"{Path}?locationId=nowhere")).ExpectProblem(HttpStatusCode.BadRequest, "locationId");
    }

    [Fact]
    public async Task A_space_with_bookings_to_come_stays()
    {
        var space = await _platform.NewSpaceAsync();
        var booking = (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), LocalTime.ComingMonday(), 9, 10))).Expect(HttpStatusCode.Created);
        Assert.Equal(1, (await _platform.User.GetAsync($"{Path}/{space.Id}")).Json.At("_count", "bookings").GetInt32());

        (await _platform.Admin.DeleteAsync($"{Path}/{space.Id}")).ExpectProblem(HttpStatusCode.Conflict, "Cannot delete space — it has active reservations");
        (await _platform.User.DeleteAsync($"/api/v1/bookings/{booking.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.Admin.DeleteAsync($"{Path}/{space.Id}")).ExpectBare(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData("name", "\"\"")]
    [InlineData("capacity", "0")]
    [InlineData("capacity", "1.5")]
    [InlineData("capacity", "\"many\"")]
    [InlineData("locationId", "\"x\"")]
    [InlineData("reference", null)]
    [InlineData("description", null)]
    public async Task What_is_wrong_with_a_space_is_named_by_its_field(string field, string? value)
    {
        var members = new Dictionary<string, string> { ["locationId"] = $"\"{Demo.North}\"", ["name"] = "\"x\"", ["capacity"] = "1" };
        // Longer than either text may be.
        members[field] = value ?? $"\"{new string('x', 2001)}\"";
        using var content = ApiClient.Body($"{{{string.Join(',', members.Select(member => $"\"{member.Key}\":{member.Value}"))}}}");

        var problem = (await _platform.Admin.SendAsync(HttpMethod.Post, Path, content)).ExpectProblem(HttpStatusCode.BadRequest, field);
        problem.At("errors", field);
    }

    [Fact]
    public async Task A_space_at_an_unknown_location_is_404()
    {
        var body = new { locationId = Guid.CreateVersion7(), name = "Nowhere", capacity = 1 };
        (await _platform.Admin.PostAsync(Path, body)).ExpectProblem(HttpStatusCode.NotFound, "Location not found");
    }

    [Fact]
    public async Task Office_hours_begin_as_usual_and_are_laid_over_one_another()
    {
        var space = await _platform.NewSpaceAsync();
        var path = $"{space.Iot}/office-hours";

        var usual = (await _platform.Admin.PutAsync(path, new { })).Expect(HttpStatusCode.OK);
        usual.HasMembers("id", "spaceId", "openTime", "closeTime", "timezone", "workDays", "createdAt", "updatedAt");
        Assert.Equal((space.Id, "09:00", "18:00", "America/Mexico_City"), (usual.Id("spaceId"), usual.Text("openTime"), usual.Text("closeTime"), usual.Text("timezone")));
        Assert.Equal([1, 2, 3, 4, 5], Days(usual));

        var merged = (await _platform.Admin.PutAsync(path, new { closeTime = "20:30", workDays = Weekend })).Expect(HttpStatusCode.OK);
        Assert.Equal(("09:00", "20:30"), (merged.Text("openTime"), merged.Text("closeTime")));
        Assert.Equal([6, 7], Days(merged));

        var read = (await _platform.User.GetAsync(path)).Expect(HttpStatusCode.OK);
        Assert.Equal(merged.GetRawText(), read.GetRawText());
        Assert.Equal("20:30", (await _platform.User.GetAsync($"{Path}/{space.Id}")).Json.At("officeHours").Text("closeTime"));
    }

    [Theory]
    [InlineData("""{"openTime":"9:00"}""", "openTime")]
    [InlineData("""{"closeTime":"24:00"}""", "closeTime")]
    [InlineData("""{"timezone":"Nowhere/Else"}""", "timezone")]
    [InlineData("""{"workDays":[0]}""", "workDays")]
    [InlineData("""{"workDays":[8]}""", "workDays")]
    [InlineData("""{"workDays":[]}""", "workDays")]
    public async Task Hours_that_are_none_are_refused(string body, string field)
    {
        var space = await _platform.NewSpaceAsync();
        using var content = ApiClient.Body(body);
        (await _platform.Admin.SendAsync(HttpMethod.Put, $"{space.Iot}/office-hours", content)).ExpectProblem(HttpStatusCode.BadRequest, field);
    }

    private static IEnumerable<int> Days(JsonElement hours) => hours.At("workDays").EnumerateArray().Select(day => day.GetInt32());
}
