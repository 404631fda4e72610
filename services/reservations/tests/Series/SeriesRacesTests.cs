using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Series;

public sealed class SeriesRacesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Rival_series_for_the_same_dates_share_nothing()
    {
        var (space, monday, user) = (await host.SpaceAsync(), Stage.Monday(), host.User);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => user.PostAsync("/booking-series", SeriesTests.Body(space, monday.AddHours(9), new { every = "week", count = 5 }, i % 2 == 0 ? "fail" : "skip"))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Equal(5, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
    }
}
