using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Series;

/// <summary>A series through the gateway.</summary>
public sealed class SeriesTests(RunningPlatform running)
{
    private const string Path = "/api/v1/booking-series";

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_series_is_made_extended_moved_and_cancelled()
    {
        var space = await _platform.NewSpaceAsync();
        var (monday, email) = (LocalTime.ComingMonday(), Wish.NewEmail());
        var first = new { start = Sample.Time(LocalTime.At(monday, 9)), end = Sample.Time(LocalTime.At(monday, 10)) };
        var body = new { spaceId = space.Id, clientEmail = email, first, repeat = new { every = "week", count = 2 } };
        var made = (await _platform.User.PostAsync(Path, body)).Expect(HttpStatusCode.Created);
        made.HasMembers("id", "spaceId", "clientEmail", "first", "repeat", "onConflict", "status", "version", "occurrences");
        Assert.Equal([LocalTime.At(monday, 9), LocalTime.At(monday.AddDays(7), 9)], made.At("occurrences").Rows().Select(one => one.Instant("start")));
        (await _platform.User.PostAsync(Path, body)).ExpectProblem(HttpStatusCode.Conflict, "Schedule conflict");

        var one = $"{Path}/{made.Id()}";
        Assert.Equal(3, (await _platform.User.PostAsync(one + "/extend", new { count = 3 })).Expect(HttpStatusCode.OK).At("occurrences").Rows().Count);
        var moved = (await _platform.User.PatchAsync(one, new { scope = "all", changes = new { startTime = "10:00", endTime = "11:00" } })).Expect(HttpStatusCode.OK);
        Assert.Equal(LocalTime.At(monday.AddDays(14), 10), moved.At("occurrences").Rows()[2].Instant("start"));
        Assert.Equal(3, (await _platform.User.GetAsync($"/api/v1/bookings?spaceId={space.Id}")).Json.Rows().Count);
        (await _platform.User.DeleteAsync(one)).ExpectBare(HttpStatusCode.NoContent);
        Assert.Empty((await _platform.User.GetAsync($"/api/v1/bookings?spaceId={space.Id}")).Json.Rows());
    }
}
