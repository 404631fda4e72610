using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>The rows of wire.md about locations.</summary>
public sealed class LocationsTests(RunningPlatform running)
{
    private const string Path = "/api/v1/locations";

    private static readonly string[] Members = ["id", "name", "latitude", "longitude", "timezone", "createdAt", "updatedAt", "_count"];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_location_is_registered_read_changed_and_removed()
    {
        var created = (await _platform.Admin.PostAsync(Path, new { name = "Casa Azul", latitude = 19.35, longitude = -99.16 })).Expect(HttpStatusCode.Created);
        created.HasMembers(Members);
        Assert.Equal("America/Mexico_City", created.Text("timezone"));
        Assert.Equal(7, created.Id().Version);
        Assert.Equal(0, created.At("_count", "spaces").GetInt32());
        var one = $"{Path}/{created.Id()}";

        var read = (await _platform.User.GetAsync(one)).Expect(HttpStatusCode.OK);
        read.HasMembers([.. Members, "spaces"]);
        Assert.Empty(read.At("spaces").EnumerateArray());
        Assert.Equal(created.Instant("createdAt"), read.Instant("createdAt"));

        var changed = (await _platform.Admin.PatchAsync(one, new { name = "Casa Roja", timezone = "Europe/Madrid" })).Expect(HttpStatusCode.OK);
        changed.HasMembers(Members);
        Assert.Equal(("Casa Roja", "Europe/Madrid", 19.35), (changed.Text("name"), changed.Text("timezone"), changed.Number("latitude")));

        (await _platform.Admin.DeleteAsync(one)).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.User.GetAsync(one)).ExpectProblem(HttpStatusCode.NotFound, "Location not found");
        (await _platform.Admin.DeleteAsync(one)).ExpectProblem(HttpStatusCode.NotFound, "Location not found");
    }

    [Fact]
    public async Task A_location_with_spaces_shows_them_and_cannot_be_removed()
    {
        var space = await _platform.NewSpaceAsync(capacity: 3);
        var one = $"{Path}/{space.LocationId}";

        var read = (await _platform.User.GetAsync(one)).Expect(HttpStatusCode.OK);
        var shown = Assert.Single(read.At("spaces").EnumerateArray());
        shown.HasMembers("id", "locationId", "name", "reference", "capacity", "description", "createdAt", "updatedAt");
        Assert.Equal(space.Id, shown.Id());
        Assert.Equal(1, read.At("_count", "spaces").GetInt32());
        (await _platform.Admin.DeleteAsync(one)).ExpectProblem(HttpStatusCode.Conflict);

        (await _platform.Admin.DeleteAsync($"/api/v1/spaces/{space.Id}")).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.Admin.DeleteAsync(one)).ExpectBare(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_list_is_by_name_and_comes_in_pages()
    {
        foreach (var name in new[] { "Zz third", "zz First", "Zz second" })
        {
            await _platform.NewLocationAsync(name);
        }

        var rows = await TestPlatform.AllAsync(_platform.User, Path);
        Assert.All(rows, row => row.HasMembers(Members));
        Assert.Equal(["zz First", "Zz second", "Zz third"], rows.Select(row => row.Text("name")).Where(name => name.StartsWith("zz ", StringComparison.OrdinalIgnoreCase)));

        var second = (await _platform.User.GetAsync($"{Path}?page=2&pageSize=2")).Expect(HttpStatusCode.OK);
        Assert.Equal((2, 2), (second.At("meta").Whole("page"), second.At("meta").Whole("pageSize")));
        Assert.Equal(2, second.Rows().Count);
        Assert.Equal((second.At("meta").Whole("total") + 1) / 2, second.At("meta").Whole("totalPages"));

        var beyond = (await _platform.User.GetAsync($"{Path}?page=5000")).Expect(HttpStatusCode.OK);
        Assert.Empty(beyond.Rows());
        Assert.Equal((5000, 10), (beyond.At("meta").Whole("page"), beyond.At("meta").Whole("pageSize")));
    }

    [Theory]
    [InlineData("""{"latitude":1,"longitude":1}""", "name")]
    [InlineData("""{"name":"  ","latitude":1,"longitude":1}""", "name")]
    [InlineData("""{"name":"x","latitude":90.1,"longitude":1}""", "latitude")]
    [InlineData("""{"name":"x","latitude":1,"longitude":-180.5}""", "longitude")]
    [InlineData("""{"name":"x","latitude":"north","longitude":1}""", "latitude")]
    [InlineData("""{"name":"x","latitude":1,"longitude":1,"timezone":"Mars/Olympus"}""", "timezone")]
    public async Task What_is_wrong_with_a_location_is_named_by_its_field(string body, string field)
    {
        using var content = ApiClient.Body(body);
        var problem = (await _platform.Admin.SendAsync(HttpMethod.Post, Path, content)).ExpectProblem(HttpStatusCode.BadRequest, field);
        problem.At("errors", field);
    }

    [Fact]
    public async Task A_name_may_have_200_characters_and_no_more()
    {
        (await _platform.Admin.PostAsync(Path, new { name = new string('n', 200), latitude = 90, longitude = 180 })).Expect(HttpStatusCode.Created);
        (await _platform.Admin.PostAsync(Path, new { name = new string('n', 201), latitude = 0, longitude = 0 })).ExpectProblem(HttpStatusCode.BadRequest, "name");
    }
}
