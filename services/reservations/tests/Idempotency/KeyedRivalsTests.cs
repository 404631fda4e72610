using System.Net;
using Coworking.Reservations.Tests.Series;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Idempotency;

/// <summary>A key holds one connection for its whole request. Whoever took a second one would wait for others who wait for theirs.</summary>
public sealed class KeyedRivalsTests : IClassFixture<ReservationsHost>
{
    private readonly ReservationsHost _host;

    public KeyedRivalsTests(ReservationsHost host) => (_host, host.MaxConnections) = (host, 10);

    [Fact]
    public async Task Of_sixty_four_rivals_with_keys_one_wins_and_the_rest_are_offered_what_is_free()
    {
        var (space, start, client) = (await _host.SpaceAsync(), Stage.Monday().AddHours(9), _host.User);
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => client.PostOnceAsync("/bookings", Stage.Wish(space, start), $"rival {i}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);

        foreach (var lost in answers.Where(answer => answer.Status != HttpStatusCode.Created))
        {
            Assert.Equal("booking.slot_taken", lost.Is(HttpStatusCode.Conflict).Code);
            Assert.NotEmpty(lost["alternatives"].EnumerateArray());
        }

        var judged = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => client.PostOnceAsync("/bookings?dryRun=true", Stage.Wish(space, start), $"dry {i}")));
        Assert.All(judged, answer => Assert.NotEmpty(answer.Is(HttpStatusCode.Conflict)["alternatives"].EnumerateArray()));
    }

    [Fact]
    public async Task Series_with_keys_that_miss_a_date_are_told_what_is_free_instead()
    {
        var (space, client, weeks) = (await _host.SpaceAsync(), _host.User, Enumerable.Range(0, 4).Select(_ => Stage.Monday()).ToList());
        await _host.BookAsync(space, weeks[0].AddHours(6), 12);
        await _host.BookAsync(space, weeks[2].AddHours(6), 12);
        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.PostOnceAsync(
            "/booking-series", SeriesTests.Body(space, weeks[0].AddHours(6 + (i * 0.5)), new { every = "week", count = 2 }, "suggest", hours: 0.5), $"series {i}")));
        Assert.All(made, series => Assert.NotEmpty(Suggestions(series.Is(HttpStatusCode.Created), 0)));

        var extended = await Task.WhenAll(made.Select(series => client.PostOnceAsync($"/booking-series/{series.Id}/extend", new { count = 4 }, "more")));
        Assert.All(extended, series => Assert.NotEmpty(Suggestions(series.Is(HttpStatusCode.OK), 2)));
    }

    private static IEnumerable<string> Suggestions(Answer series, int index) =>
        series["occurrences"][index].GetProperty("suggestions").EnumerateArray().Select(offer => offer.ToString());
}
