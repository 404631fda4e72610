using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class ListBookingsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_cancelled_booking_is_hidden_unless_asked_for()
    {
        var space = await host.SpaceAsync();
        var (kept, gone) = (await host.BookAsync(space, Stage.Monday()), await host.BookAsync(space, Stage.Monday()));
        (await host.User.DeleteAsync($"/bookings/{gone.Id}")).Is(HttpStatusCode.NoContent);
        (await host.User.DeleteAsync($"/bookings/{gone.Id}")).Refuses(HttpStatusCode.NotFound, "Booking not found", "booking.not_found");
        (await host.User.PatchAsync($"/bookings/{gone.Id}", new { })).Refuses(HttpStatusCode.NotFound, "Booking not found");
        (await host.User.GetAsync($"/bookings/{gone.Id}")).Refuses(HttpStatusCode.NotFound, "Booking not found");
        Assert.Equal("cancelled", (await host.User.GetAsync($"/bookings/{gone.Id}?includeCancelled=true")).Is(HttpStatusCode.OK)["status"].GetString());
        Assert.Equal("cancelled", (await host.User.GetAsync($"/bookings/{gone.Id}?status=cancelled")).Is(HttpStatusCode.OK)["status"].GetString());

        Assert.Equal([kept.Id.ToString()], (await host.User.GetAsync($"/bookings?spaceId={space}")).Ids());
        Assert.Equal([gone.Id.ToString()], (await host.User.GetAsync($"/bookings?spaceId={space}&status=cancelled")).Ids());
        Assert.Equal([kept.Id.ToString(), gone.Id.ToString()], (await host.User.GetAsync($"/bookings?spaceId={space}&includeCancelled=true")).Ids());
        Assert.Equal([kept.Id.ToString()], (await host.User.GetAsync($"/bookings?spaceId={space}&includeCancelled=true&status=confirmed")).Ids());
        Assert.Empty((await host.User.GetAsync($"/bookings?spaceId={space}&status=pending")).Ids());
    }

    [Fact]
    public async Task What_is_over_cannot_be_cancelled()
    {
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        await host.ExecuteAsync("update bookings set status = 'completed' where id = $1", booking.Id);
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Refuses(HttpStatusCode.Conflict, "A booking that is completed cannot become cancelled", "booking.illegal_transition");
    }

    [Fact]
    public async Task Filters_mean_what_they_say()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var second = await host.BookAsync(space, monday.AddDays(1), email: "under_score@example.com");
        var first = await host.BookAsync(space, monday, email: "UnderXscore@example.com");
        var third = await host.BookAsync(space, monday.AddDays(2), email: "per%cent@example.com");

        Assert.Equal([first.Id.ToString(), second.Id.ToString(), third.Id.ToString()], await IdsAsync(""));
        Assert.Equal([second.Id.ToString()], await IdsAsync("clientEmail=DER_SCO"));
        Assert.Equal([third.Id.ToString()], await IdsAsync("clientEmail=%25"));
        Assert.Empty(await IdsAsync("clientEmail=%5C"));
        Assert.Equal([second.Id.ToString(), third.Id.ToString()], await IdsAsync($"dateFrom={monday.AddDays(1):yyyy-MM-dd}"));
        Assert.Equal([first.Id.ToString(), second.Id.ToString()], await IdsAsync($"dateTo={monday.AddDays(1):yyyy-MM-dd}"));
        Assert.Equal([second.Id.ToString()], await IdsAsync($"dateFrom={monday.AddDays(1):yyyy-MM-dd}T00:00:00Z&dateTo={monday.AddDays(1):yyyy-MM-dd}"));
        Assert.Equal([second.Id.ToString()], await IdsAsync("page=2&pageSize=1"));

        async Task<string[]> IdsAsync(string query) => (await host.User.GetAsync($"/bookings?spaceId={space}&{query}")).Is(HttpStatusCode.OK).Ids();
    }

    [Theory]
    [InlineData("dateFrom=2026-02-01&dateTo=2026-01-31", "dateFrom must not be after dateTo")]
    [InlineData("dateFrom=yesterday", "dateFrom must be a date, e.g. 2026-01-31")]
    [InlineData("spaceId=x", "spaceId must be a valid UUID")]
    [InlineData("status=lost", "status must be one of held, pending, confirmed, in_progress, completed, cancelled, rejected, no_show")]
    [InlineData("includeCancelled=maybe", "includeCancelled must be one of true, false")]
    [InlineData("clientEmail=%00", "clientEmail must not contain control characters")]
    [InlineData("page=0", "page must be a whole number of at least 1")]
    [InlineData("page=x", "page must be a whole number of at least 1")]
    [InlineData("page=2147483648", "page must be a whole number of at least 1")]
    [InlineData("pageSize=101", "pageSize must be a whole number from 1 to 100")]
    [InlineData("pageSize=0", "pageSize must be a whole number from 1 to 100")]
    public async Task A_bad_question_is_told_so(string query, string message) =>
        (await host.User.GetAsync($"/bookings?{query}")).Refuses(HttpStatusCode.BadRequest, message, "request.invalid");

    [Fact]
    public async Task A_page_past_the_end_is_empty()
    {
        var space = await host.SpaceAsync();
        await host.BookAsync(space, Stage.Monday());
        var past = (await host.User.GetAsync($"/bookings?spaceId={space}&page=2147483647&pageSize=100")).Is(HttpStatusCode.OK);
        Assert.Empty(past.Ids());
        Assert.Equal(1, past["meta"].GetProperty("total").GetInt32());
    }
}
