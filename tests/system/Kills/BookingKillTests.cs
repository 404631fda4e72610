using System.Collections.Concurrent;
using System.Net;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Kills;

/// <summary>kill -9 of reservations, and of the bus, while people book; the short forms of ./dev faults R12 and R4.</summary>
[Collection(nameof(MortalPlatform))]
public sealed class BookingKillTests(MortalPlatform mortal)
{
    private readonly TestPlatform _platform = mortal.Platform;

    [Fact]
    public async Task Every_booking_that_was_granted_outlives_a_kill_of_reservations_and_reaches_the_bus()
    {
        await using var bus = await _platform.ListenAsync("booking-placed");
        var granted = new ConcurrentDictionary<Guid, bool>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var booking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => BookOnAsync(granted, done.Token)));

        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(granted.Count >= 60), "people are booking");
            _platform.Platform.ReservationsProcess.Kill();
            await _platform.Platform.RestartAsync(PlatformService.Reservations, TestContext.Current.CancellationToken);
            var before = granted.Count;
            await Eventually.HoldsAsync(() => Task.FromResult(granted.Count >= before + 40), "people are booking again");
        }
        finally
        {
            await done.CancelAsync();
            await booking;
        }

        foreach (var id in granted.Keys)
        {
            (await _platform.User.GetAsync($"/api/v1/bookings/{id}")).Expect(HttpStatusCode.OK);
        }

        await EachIsHeardAsync(bus, granted.Keys);
        TestContext.Current.TestOutputHelper?.WriteLine($"{granted.Count} bookings granted around one kill");
    }

    [Fact]
    public async Task A_key_that_is_sent_three_times_at_once_books_once_though_reservations_is_killed_in_between()
    {
        const int Keys = 60;
        var (space, run, done) = (await _platform.NewSpaceAsync(), Guid.CreateVersion7(), 0);
        var booking = Task.WhenAll(Enumerable.Range(0, 4).Select(async lane =>
        {
            for (var key = lane; key < Keys; key += 4)
            {
                var start = LocalTime.At(LocalTime.ComingMonday(), 0).AddHours(key);
                var wish = Wish.For(space.Id, Wish.NewEmail(), start, start.AddHours(1));
                var name = $"{run}-{key}";
                var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => UntilGrantedAsync(wish, name)));
                Assert.Single(answers.Distinct());
                Interlocked.Increment(ref done);
            }
        }));

        for (var kill = 1; kill <= 3; kill++)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(booking.IsCompleted || Volatile.Read(ref done) >= 12 * kill), "keys have their answers", seconds: 60);
            _platform.Platform.ReservationsProcess.Kill();
            await _platform.Platform.RestartAsync(PlatformService.Reservations, TestContext.Current.CancellationToken);
        }

        await booking;
        Assert.Equal(Keys, (await _platform.User.GetAsync($"/api/v1/bookings?spaceId={space.Id}&pageSize=100")).Expect(HttpStatusCode.OK).Rows().Count);
        var other = Wish.For(space.Id, Wish.NewEmail(), LocalTime.ComingMonday(2), 9, 10);
        (await SendAsync(other, $"{run}-0")).ExpectProblem(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Bookings_and_alerts_go_on_without_the_bus_which_hears_of_them_when_it_is_back()
    {
        var space = await _platform.NewMetSpaceAsync();
        var queue = $"observer.{Guid.CreateVersion7():N}";
        string[] exchanges = ["coworking:booking-placed", "coworking:alert-opened"];
        await using (await BusListener.OpenAsync(_platform.Bus, queue, exchanges))
        {
            // Only to have the queue, which is durable.
        }

        // Stopped: a node that is killed may have forgotten a queue that was declared a moment before.
        await mortal.Rabbit.StopAsync(TestContext.Current.CancellationToken);
        var ids = new List<Guid>();

        for (var day = 0; day < 5; day++)
        {
            var wish = Wish.For(space.Id, Wish.NewEmail(), LocalTime.ComingMonday().AddDays(day), 9, 10);
            ids.Add((await _platform.User.PostAsync("/api/v1/bookings", wish)).Expect(HttpStatusCode.Created).Id());
        }

        var start = TimeProvider.System.GetUtcNow().AddHours(-2);
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 31).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: 1101))]);
        var alert = (await Eventually.ReadAsync(() => _platform.AlertsAsync(space, "?active=true"), alerts => alerts.Count == 1, "an alert without the bus"))[0];
        (await _platform.Nobody.GetAsync("/health/ready")).Expect(HttpStatusCode.OK);

        await mortal.Rabbit.RestartAsync(TestContext.Current.CancellationToken);
        await using var bus = await BusListener.OpenAsync(_platform.Bus, queue, exchanges);
        await EachIsHeardAsync(bus, ids);
        await bus.WaitForAsync(heard => heard.Exchange == "coworking:alert-opened" && heard.Body.At("alert").Id() == alert.Id(), "AlertOpened after the restart");
    }

    /// <summary>Asks again after what a kill leaves open, and while a copy is on its way.</summary>
    private async Task<string> UntilGrantedAsync(object wish, string key)
    {
        Answer? answer = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    answer = await SendAsync(wish, key);
                }
                catch (HttpRequestException)
                {
                    // The kill came in the middle of the answer.
                    return false;
                }

                return !IsOpen(answer);
            },
            $"an answer for {key}");
        answer!.ExpectBare(HttpStatusCode.Created);
        return answer.Text;
    }

    private static bool IsOpen(Answer answer) => (int)answer.Status is 502 or 503 or 504 || answer.Text.Contains("idempotency.in_progress", StringComparison.Ordinal);

    private Task<Answer> SendAsync(object wish, string key) =>
        _platform.User.SendAsync(HttpMethod.Post, "/api/v1/bookings", System.Net.Http.Json.JsonContent.Create(wish), ("Idempotency-Key", key));

    private static async Task EachIsHeardAsync(BusListener bus, IEnumerable<Guid> ids)
    {
        foreach (var id in ids)
        {
            await bus.WaitForAsync(heard => heard.Exchange == "coworking:booking-placed" && heard.Body.At("booking").Id() == id, $"BookingPlaced {id}");
        }
    }

    /// <summary>Books slot after slot of a space of its own; what is not answered by 201 is tried no more.</summary>
    private async Task BookOnAsync(ConcurrentDictionary<Guid, bool> granted, CancellationToken done)
    {
        var space = await _platform.NewSpaceAsync();

        for (var hour = 0; !done.IsCancellationRequested; hour++)
        {
            var start = LocalTime.At(LocalTime.ComingMonday(), 0).AddHours(hour);
            var answer = await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), start, start.AddHours(1)));

            if (answer.Status == HttpStatusCode.Created)
            {
                granted[answer.Json.Id()] = true;
            }
            else
            {
                // While it is away, and for the requests that it took with it.
                Assert.True((int)answer.Status is 502 or 503 or 504, $"{answer.Status}: {answer.Text}");
                answer.ExpectProblem(answer.Status);
            }
        }
    }
}
