using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Occupancy;

public sealed class OccupancyTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_of_a_device_say_on_the_bus_and_the_api_whether_people_are_there_and_a_snapshot_says_it_again()
    {
        var (room, quiet) = (await fixture.AddRoomAsync(), await fixture.AddRoomAsync());
        var heard = await fixture.Platform.Bus.HearAsync<SpaceOccupancyChanged>();
        var first = await OccupancyAsync(room);
        Assert.Equal(("unknown", 0L, "silent"), (State(first), first.GetProperty("version").GetInt64(), Health(first)));
        Assert.All((string[])["since", "headCount"], name => Assert.Equal(JsonValueKind.Null, first.GetProperty(name).ValueKind));

        var from = TimeProvider.System.GetUtcNow().AddSeconds(-160);
        await room.SendSeriesAsync(from, 17, 10, "\"occupancy\":4");
        var said = await NextAsync(heard, room);
        Assert.Equal(("occupied", 1L, 4, "healthy"), (State(said), said.GetProperty("version").GetInt64(), said.GetProperty("headCount").GetInt32(), Health(said)));
        Assert.Equal(from, said.GetProperty("since").GetDateTimeOffset(), TimeSpan.FromMilliseconds(2));
        Assert.Equal(room.Facts.LocationId, said.GetProperty("locationId").GetGuid());
        Assert.InRange(said.GetProperty("evidence").GetProperty("sampleCount").GetInt32(), 13, 17);

        // How many there are is the newest count, though nothing is said of it.
        await room.SendSeriesAsync(from.AddSeconds(165), 1, 1, "\"occupancy\":6");
        await room.StoredAsync(18);
        var row = await OccupancyAsync(room);
        Assert.Equal(("occupied", 1L, 6), (State(row), row.GetProperty("version").GetInt64(), row.GetProperty("headCount").GetInt32()));
        Assert.Equal(from.AddSeconds(165), row.GetProperty("evidence").GetProperty("lastSampleAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(2));

        await fixture.Platform.Bus.SayAsync(new SnapshotRequested(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), "test"));
        var again = await NextAsync(heard, room);
        Assert.Equal(("occupied", 1L), (State(again), again.GetProperty("version").GetInt64()));
        Assert.NotEqual(said.GetProperty("messageId").GetGuid(), again.GetProperty("messageId").GetGuid());
        await fixture.Platform.UntilAsync("select count(*) from outbox_messages", 0);
        Assert.False(heard.TryRead(out var more) && more.GetProperty("spaceId").GetGuid() == quiet.Id);
    }

    [Fact]
    public async Task A_space_that_is_gone_has_no_occupancy_and_one_that_returns_goes_on_in_its_versions()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(TimeProvider.System.GetUtcNow().AddSeconds(-130), 14, 10, "\"occupancy\":0");
        await fixture.Platform.UntilAsync(VacantOf, 1, room.Id);
        await room.ChangeAsync(room.Facts, ChangeKinds.Removed);
        await fixture.Platform.UntilAsync(VacantOf, 0, room.Id);
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{room.Id}/occupancy");
        Assert.Equal("Space not found", await RunningService.ProblemAsync(answer, HttpStatusCode.NotFound));

        await room.ChangeAsync(room.Facts);
        await fixture.Service.KnowsAsync(room.Id);
        var row = await OccupancyAsync(room);
        Assert.Equal(("unknown", 2L, "silent"), (State(row), row.GetProperty("version").GetInt64(), Health(row)));

        // Whoever asks for the present hears it, like that of every other space.
        var heard = await fixture.Platform.Bus.HearAsync<SpaceOccupancyChanged>();
        await fixture.Platform.Bus.SayAsync(new SnapshotRequested(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), "test"));
        JsonElement said;

        do
        {
            // That it was vacant may be heard late.
            said = await NextAsync(heard, room);
        }
        while (said.GetProperty("version").GetInt64() < 2);

        Assert.Equal(("unknown", 2L), (State(said), said.GetProperty("version").GetInt64()));
    }

    [Theory]
    [InlineData("x", Roles.User, HttpStatusCode.BadRequest)]
    [InlineData("b6194839-7438-4587-a52e-eeef27d00000", Roles.User, HttpStatusCode.NotFound)]
    [InlineData("b6194839-7438-4587-a52e-eeef27d00000", null, HttpStatusCode.Unauthorized)]
    public async Task What_cannot_be_meant_is_refused(string id, string? role, HttpStatusCode status)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{id}/occupancy", role: role);
        await RunningService.ProblemAsync(answer, status);
    }

    private const string VacantOf = "select count(*) from occupancy_states o join spaces s on s.key = o.space_key where s.id = $1 and state = 'vacant'";

    private static string State(JsonElement said) => said.GetProperty("state").GetString()!;

    private static string Health(JsonElement said) => said.GetProperty("evidence").GetProperty("sensorHealth").GetString()!;

    private static async Task<JsonElement> NextAsync(ChannelReader<JsonElement> heard, Room room)
    {
        while (true)
        {
            var message = await heard.ReadAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);

            if (message.GetProperty("spaceId").GetGuid() == room.Id)
            {
                return message;
            }
        }
    }

    private Task<JsonElement> OccupancyAsync(Room room) => fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/occupancy");
}
