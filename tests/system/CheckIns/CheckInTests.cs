using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.CheckIns;

/// <summary>From a device's samples over both services to a booking: bookings that began a few minutes ago, and no grace, make hours of waiting unnecessary.</summary>
public sealed class CheckInTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_room_that_its_sensor_saw_vacant_all_the_time_is_released_and_the_release_undone()
    {
        var space = await StrictSpaceAsync();
        await SeeAsync(space, minutes: 6, people: 0, state: "vacant");
        var booking = await BeganAsync(space, minutesAgo: 4);
        // Only evidence of after it was made counts, and a steady room is said again each minute: the second time it is of this sample.
        // The device goes on, or a slow machine would find it silent before that.
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var speaking = GoOnAsync(space, people: 0, done.Token);
        var released = await BecomesAsync(booking, row => row.Text("status") == "no_show", "the no-show", seconds: 240);
        await done.CancelAsync();
        await speaking;
        Assert.Equal("vacant", released.At("checkInEvidence").Text("reason"));
        Assert.Equal("healthy", released.At("checkInEvidence", "occupancy").Text("sensorHealth"));

        (await _platform.User.PostAsync($"/api/v1/bookings/{booking}/undo-release", new { })).ExpectProblem(HttpStatusCode.Forbidden);
        var undone = (await _platform.Admin.PostAsync($"/api/v1/bookings/{booking}/undo-release", new { })).Expect(HttpStatusCode.OK);
        Assert.Equal(("in_progress", "staff"), (undone.Text("status"), undone.Text("checkInSource")));
        var now = TimeProvider.System.GetUtcNow();
        (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), now.AddMinutes(20), now.AddMinutes(30)))).ExpectProblem(HttpStatusCode.Conflict, "Schedule conflict");
    }

    [Fact]
    public async Task A_room_whose_device_is_silent_is_kept_and_shown_to_reception_until_people_are_seen()
    {
        var space = await StrictSpaceAsync();
        var booking = await BeganAsync(space, minutesAgo: 4);
        var flagged = await BecomesAsync(booking, row => !row.IsNull("attention"), "the flag");
        Assert.Equal(("confirmed", "sensor_silent"), (flagged.Text("status"), flagged.Text("attention")));
        var listed = (await _platform.Admin.GetAsync($"/api/v1/bookings?attention=true&spaceId={space.Id}")).Expect(HttpStatusCode.OK).Rows();
        Assert.Equal(booking, Assert.Single(listed).Id());

        await SeeAsync(space, minutes: 3, people: 2, state: "occupied");
        var here = await BecomesAsync(booking, row => row.Text("status") == "in_progress", "the check-in by the sensor");
        Assert.Equal(("sensor", true), (here.Text("checkInSource"), here.IsNull("attention")));
    }

    /// <summary>A space where one must have checked in at the start, or when a later booking is made, and of which reservations knows that it has a device.</summary>
    private async Task<TestSpace> StrictSpaceAsync()
    {
        var space = await _platform.NewMetSpaceAsync();
        (await _platform.Admin.PutAsync($"/api/v1/spaces/{space.Id}/policy", new { checkIn = new { required = true, openMinutesBefore = 10, graceMinutes = 0 } })).Expect(HttpStatusCode.OK);
        (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { samplingIntervalSec = 10 })).Expect(HttpStatusCode.OK);
        await Eventually.HoldsAsync(async () => !(await _platform.User.GetAsync($"/api/v1/spaces/{space.Id}")).Expect(HttpStatusCode.OK).IsNull("deviceDesired"), "the twin is known");
        return space;
    }

    private async Task SeeAsync(TestSpace space, int minutes, int people, string state)
    {
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-minutes);
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, (minutes * 6) + 1).Select(i => Sample.Of(from.AddSeconds(10 * i), occupancy: people))]);
        await Eventually.ReadAsync(
            async () => (await _platform.User.GetAsync($"{space.Iot}/occupancy")).Expect(HttpStatusCode.OK), row => row.Text("state") == state, $"the space is {state}");
    }

    /// <summary>A sample every twenty seconds, the first one at once.</summary>
    private async Task GoOnAsync(TestSpace space, int people, CancellationToken done)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(20));

        try
        {
            do
            {
                await _platform.Devices.PublishAsync(space, Sample.Of(TimeProvider.System.GetUtcNow(), occupancy: people));
            }
            while (await tick.WaitForNextTickAsync(done));
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // Enough was seen.
        }
    }

    private async Task<Guid> BeganAsync(TestSpace space, int minutesAgo)
    {
        var start = TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo);
        return (await _platform.Admin.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), start, start.AddHours(1)))).Expect(HttpStatusCode.Created).Id();
    }

    private Task<JsonElement> BecomesAsync(Guid booking, Func<JsonElement, bool> isRight, string what, int seconds = 90) => Eventually.ReadAsync(
        async () => (await _platform.User.GetAsync($"/api/v1/bookings/{booking}")).Expect(HttpStatusCode.OK), isRight, what, seconds);
}
