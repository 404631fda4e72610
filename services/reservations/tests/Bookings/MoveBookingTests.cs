using System.Net;
using System.Text.Json;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class MoveBookingTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_move_is_judged_on_its_result_and_is_no_rival_of_itself()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, monday.AddHours(9), 2);
        var moved = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { startTime = monday.AddHours(10), endTime = monday.AddHours(12) })).Is(HttpStatusCode.OK);
        Assert.Equal($"{monday:yyyy-MM-dd}T10:00:00.000Z", moved["startTime"].GetString());
        Assert.Equal("\"2\"", moved.ETag);
        Assert.Equal(moved.Body.ToString(), (await host.User.GetAsync($"/bookings/{booking.Id}")).Body.ToString());

        await host.BookAsync(space, monday.AddHours(14));
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { endTime = monday.AddHours(14.5) })).Refuses(
            HttpStatusCode.Conflict, $"Schedule conflict: the space is already booked from {monday:yyyy-MM-dd}T14:00:00.000Z to {monday:yyyy-MM-dd}T15:00:00.000Z", "booking.slot_taken");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { startTime = monday.AddHours(13) })).Refuses(HttpStatusCode.BadRequest, "endTime must be after startTime");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { bookingDate = $"{monday.AddDays(1):yyyy-MM-dd}" })).Refuses(HttpStatusCode.BadRequest, "startTime must be on or after bookingDate");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { spaceId = "x" })).Refuses(HttpStatusCode.BadRequest, "spaceId must be a valid UUID");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { spaceId = Guid.CreateVersion7() })).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientEmail = "nobody" })).Refuses(HttpStatusCode.BadRequest, "Invalid email");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientEmail = (string?)null })).Refuses(HttpStatusCode.BadRequest, "Invalid email");
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { startTime = "2001-01-01T00:00:00Z", bookingDate = "2001-01-01", endTime = "2001-01-01T01:00:00Z" }))
            .Refuses(HttpStatusCode.BadRequest, "startTime must not be in the past", "booking.in_past");
        (await host.User.PatchAsync($"/bookings/{Guid.CreateVersion7()}", new { })).Refuses(HttpStatusCode.NotFound, "Booking not found", "booking.not_found");
        (await host.User.PatchAsync("/bookings/x", new { })).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
        Assert.Equal(moved.Body.ToString(), (await host.User.GetAsync($"/bookings/{booking.Id}")).Body.ToString());
    }

    [Fact]
    public async Task Absent_keeps_and_null_clears()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var wish = Stage.Wish(space, monday);
        (wish["clientName"], wish["attendees"]) = ("Ana", 4);
        var booking = (await host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
        var kept = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { phone = "+52 55 0000" })).Is(HttpStatusCode.OK);
        Assert.Equal(("Ana", 4), (kept["clientName"].GetString(), kept["attendees"].GetInt32()));
        var cleared = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = (string?)null, attendees = (int?)null })).Is(HttpStatusCode.OK);
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (cleared["clientName"].ValueKind, cleared["attendees"].ValueKind));
        var same = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(cleared["version"].GetInt64(), same["version"].GetInt64());
    }

    [Fact]
    public async Task A_move_into_a_full_week_is_refused_and_one_within_it_is_not()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());

        for (var day = 0; day < 3; day++)
        {
            await host.BookAsync(space, monday.AddDays(day), email: email);
        }

        var last = (await host.User.GetAsync($"/bookings?clientEmail={email}")).Ids()[^1];
        (await host.User.PatchAsync($"/bookings/{last}", new { startTime = monday.AddDays(4), endTime = monday.AddDays(4).AddHours(1) })).Is(HttpStatusCode.OK);
        var next = await host.BookAsync(space, monday.AddDays(8), email: email);
        var refused = (await host.User.PatchAsync($"/bookings/{next.Id}", new { bookingDate = $"{monday:yyyy-MM-dd}", startTime = monday.AddDays(5), endTime = monday.AddDays(5).AddHours(1) }))
            .Is(HttpStatusCode.BadRequest);
        Assert.Equal("booking.weekly_limit", refused.Code);
        var foreign = await host.BookAsync(space, monday.AddDays(6));
        Assert.Equal("booking.weekly_limit", (await host.User.PatchAsync($"/bookings/{foreign.Id}", new { clientEmail = email })).Is(HttpStatusCode.BadRequest).Code);
    }

    [Fact]
    public async Task A_stale_ETag_is_refused_and_the_present_one_is_not()
    {
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "A" }, ifMatch: "\"7\"")).Refuses(
            HttpStatusCode.PreconditionFailed, "The booking has changed since you read it; its version is 1", "booking.stale");
        var changed = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "B" }, ifMatch: booking.ETag)).Is(HttpStatusCode.OK);
        (await host.User.DeleteAsync($"/bookings/{booking.Id}", ifMatch: booking.ETag)).Is(HttpStatusCode.PreconditionFailed);
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "C" }, ifMatch: "*")).Is(HttpStatusCode.OK);
        Assert.NotEqual(booking.ETag, changed.ETag);
    }

    [Fact]
    public async Task A_running_booking_may_be_given_a_later_end()
    {
        var running = (await host.Admin.PostAsync("/bookings", Stage.Wish(await host.SpaceAsync(), TimeProvider.System.GetUtcNow().AddHours(-1), 2))).Is(HttpStatusCode.Created);
        (await host.User.PatchAsync($"/bookings/{running.Id}", new { endTime = TimeProvider.System.GetUtcNow().AddHours(3) })).Is(HttpStatusCode.OK);
    }
}
