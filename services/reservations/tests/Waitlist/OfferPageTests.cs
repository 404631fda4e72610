using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class OfferPageTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task The_page_of_a_link_claims_nothing_by_being_read_and_its_buttons_work_without_script()
    {
        var (space, monday) = (await host.SpaceAsync(name: "Room <b>&\"1\"</b>"), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var waiter = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);

        using var http = host.Browser();
        using var page = await http.GetAsync(new Uri("/api/v1" + host.Link(waiter), UriKind.Relative), TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType!.ToString());
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("Room &lt;b&gt;&amp;&quot;1&quot;&lt;/b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        var token = host.Link(waiter).Split('/')[^1];
        Assert.Contains($"""<form method="post" action="{token}/claim">""", html, StringComparison.Ordinal);
        Assert.Equal("offered", await host.StatusAsync(waiter));

        using var form = new FormUrlEncodedContent([]);
        using var claimed = await http.PostAsync(new Uri($"/api/v1{host.Link(waiter)}/claim", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (claimed.StatusCode, claimed.Content.Headers.ContentType!.MediaType));
        Assert.Equal("served", await host.StatusAsync(waiter));

        using var again = await http.GetAsync(new Uri("/api/v1" + host.Link(waiter), UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Conflict, "text/html"), (again.StatusCode, again.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%20")]
    [InlineData("%F0%9F%94%91")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_nobody_was_given_opens_nothing(string token)
    {
        (await host.Nobody().GetAsync($"/waitlist/offers/{token}")).Refuses(HttpStatusCode.NotFound, "Offer not found", "waitlist.offer_not_found");
        (await host.Nobody().PostAsync($"/waitlist/offers/{token}/claim", new { })).Refuses(HttpStatusCode.NotFound, "Offer not found", "waitlist.offer_not_found");
        (await host.Nobody().PostAsync($"/waitlist/offers/{token}/decline", new { })).Refuses(HttpStatusCode.NotFound, "Offer not found", "waitlist.offer_not_found");
    }

    [Fact]
    public async Task The_secret_is_kept_as_a_hash_only_and_the_rest_of_the_waitlist_asks_who_comes()
    {
        var (waiter, hold) = await host.OfferedAsync();
        var token = host.Link(waiter).Split('/')[^1];
        Assert.Equal(43, token.Length);
        Assert.Equal(32, (await host.ScalarAsync<byte[]>("select token_hash from waitlist_offers where booking_id = $1", hold)).Length);
        Assert.DoesNotContain(token, (await host.EntryAsync(waiter)).Body.ToString(), StringComparison.Ordinal);
        (await host.Nobody().GetAsync("/waitlist")).Is(HttpStatusCode.Unauthorized);
        (await host.Nobody().GetAsync($"/waitlist/{waiter}")).Is(HttpStatusCode.Unauthorized);
        (await host.Nobody().PostAsync("/waitlist", new { })).Is(HttpStatusCode.Unauthorized);
    }
}
