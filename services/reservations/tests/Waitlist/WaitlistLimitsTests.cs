using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Waitlist;
using Npgsql;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class WaitlistLimitsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_client_waits_for_so_many_times_at_once_and_for_no_more_however_fast_it_asks()
    {
        var (space, monday, email, user) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email(), host.User);
        var answers = await Task.WhenAll(Enumerable.Range(0, WaitlistEntry.MaxOpenPerClient + 10).Select(i =>
            user.PostAsync("/waitlist", WaitlistStage.Wait(space, monday, monday.AddHours(8), email: i % 2 == 0 ? email : email.ToUpperInvariant()))));
        Assert.Equal(WaitlistEntry.MaxOpenPerClient, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.Refuses(HttpStatusCode.Conflict, "The client waits for 20 times already; withdraw one first", "waitlist.too_many"));

        // Others wait all the same, and so does the client once it has given one up.
        await host.WaitAsync(space, monday, monday.AddHours(8));
        (await user.DeleteAsync($"/waitlist/{answers.First(answer => answer.Status == HttpStatusCode.Created).Id}")).Is(HttpStatusCode.NoContent);
        await host.WaitAsync(space, monday, monday.AddHours(8), email: email);
        (await user.PostAsync("/waitlist", WaitlistStage.Wait(space, monday, monday.AddHours(8), email: email))).Is(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_is_past_is_waited_for_no_more_though_nobody_has_cleared_it_away()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());

        for (var i = 0; i < WaitlistEntry.MaxOpenPerClient; i++)
        {
            await host.WaitAsync(space, monday, monday.AddHours(8), email: email);
        }

        await host.ExecuteAsync("update waitlist_entries set from_time = from_time - interval '100 years', to_time = to_time - interval '100 years' where client_email_key = $1", email);
        await host.WaitAsync(space, monday, monday.AddHours(8), email: email);
    }

    [Fact]
    public async Task Who_gives_up_a_time_does_not_wait_for_each_who_would_have_it()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9), hours: 2);
        await host.BookAsync(space, monday.AddHours(11));
        var waiters = new List<Guid>();

        // Two take it up; of the others some would fit, had anything been left, and one never did.
        foreach (var minutes in new[] { 121, 60, 60, 60, 60, 60 })
        {
            waiters.Add(await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(9).AddMinutes(Math.Max(minutes, 120)), minutes));
        }

        var looks = new ConcurrentQueue<string>();
        var database = new NpgsqlConnectionStringBuilder(host.Database.ConnectionString).Database;
        using (var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                var tags = activity.TagObjects.Select(tag => tag.Value as string ?? "").ToList();

                if (tags.Exists(tag => tag.Contains(database!, StringComparison.Ordinal)) && tags.Find(tag => tag.Contains("from waitlist_offers where entry_id", StringComparison.Ordinal)) is { } sql)
                {
                    looks.Enqueue(sql);
                }
            },
        })
        {
            ActivitySource.AddActivityListener(listener);
            (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        }

        var statuses = new List<string>();

        foreach (var waiter in waiters)
        {
            statuses.Add(await host.StatusAsync(waiter));
        }

        Assert.Equal(["waiting", "offered", "offered", "waiting", "waiting", "waiting"], statuses);
        // At first, and after each of the two.
        Assert.Equal(3, looks.Count);
    }
}
