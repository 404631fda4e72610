using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Database;

/// <summary>Npgsql reuses a connection's reader for whoever has the connection next: who closes one twice closes somebody else's.</summary>
public sealed class PageBeyondTheEndTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Who_turns_to_a_page_that_is_not_there_disturbs_nobody_beside_him()
    {
        var spaces = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.SpaceAsync()));
        using var enough = new CancellationTokenSource();
        var beyond = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                var page = (await host.User.GetAsync("/spaces?page=1000")).Is(HttpStatusCode.OK);
                Assert.Equal(0, page.Data.GetArrayLength());
                Assert.True(page["meta"].GetProperty("total").GetInt64() >= spaces.Length, page.Body.ToString());
            }
        }));

        await Task.WhenAll(spaces.Select(async space =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(space, (await host.User.GetAsync($"/spaces/{space}")).Is(HttpStatusCode.OK).Id);
                (await host.Admin.PatchAsync($"/spaces/{space}", new { description = $"seen {i}" })).Is(HttpStatusCode.OK);
            }
        })).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await enough.CancelAsync();
        await beyond.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
