using System.Net;
using System.Security.Cryptography;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Waitlist;

/// <summary>Who waits is served before who is quick.</summary>
public sealed class WaitlistTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task What_is_cancelled_is_offered_and_claimed_by_the_link_alone()
    {
        var space = await _platform.NewSpaceAsync();
        var (monday, email) = (LocalTime.ComingMonday(), Wish.NewEmail());
        var booked = (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), monday, 9, 10))).Expect(HttpStatusCode.Created);
        var wait = new { spaceId = space.Id, clientEmail = email, from = Sample.Time(LocalTime.At(monday, 9)), to = Sample.Time(LocalTime.At(monday, 10)), minutes = 60 };
        var entry = (await _platform.User.PostAsync("/api/v1/waitlist", wait)).Expect(HttpStatusCode.Created);
        Assert.Equal("waiting", entry.Text("status"));
        (await _platform.Nobody.PostAsync("/api/v1/waitlist", wait)).ExpectProblem(HttpStatusCode.Unauthorized);

        (await _platform.User.DeleteAsync($"/api/v1/bookings/{booked.Id()}")).ExpectBare(HttpStatusCode.NoContent);
        var offered = (await _platform.User.GetAsync($"/api/v1/waitlist/{entry.Id()}")).Expect(HttpStatusCode.OK);
        Assert.Equal("offered", offered.Text("status"));
        var hold = offered.At("offer").Id("bookingId");
        (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), monday, 9, 10))).ExpectProblem(HttpStatusCode.Conflict, "Schedule conflict");

        // The token is told to the waiter alone; here it is given another, by whoever may write its hash.
        var secret = RandomNumberGenerator.GetBytes(32);
        var link = $"/api/v1/waitlist/offers/{System.Buffers.Text.Base64Url.EncodeToString(secret)}";
        Assert.Equal(1, await _platform.ExecuteAsync("reservations", "update waitlist_offers set token_hash = $1 where booking_id = $2", SHA256.HashData(secret), hold));

        var page = await _platform.Nobody.SendAsync(HttpMethod.Get, link, null, ("Accept", "text/html"));
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.MediaType));
        Assert.Contains("/claim", page.Text, StringComparison.Ordinal);
        Assert.Equal("held", (await _platform.User.GetAsync($"/api/v1/bookings/{hold}")).Expect(HttpStatusCode.OK).Text("status"));

        var claimed = await _platform.Nobody.SendAsync(HttpMethod.Post, link + "/claim", null, ("Accept", "application/json"));
        Assert.Equal("claimed", claimed.Expect(HttpStatusCode.OK).Text("status"));
        Assert.Equal("confirmed", (await _platform.User.GetAsync($"/api/v1/bookings/{hold}")).Expect(HttpStatusCode.OK).Text("status"));
        (await _platform.Nobody.PostAsync(link + "/claim", new { })).ExpectProblem(HttpStatusCode.Conflict);
        (await _platform.Nobody.PostAsync("/api/v1/waitlist/offers/guessed/claim", new { })).ExpectProblem(HttpStatusCode.NotFound, "Offer not found");
    }
}
