using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Bookings;

/// <summary>What people fight over, with everybody at the gateway at once; the short form of ./dev faults R11.</summary>
public sealed class RaceTests(RunningPlatform running)
{
    private const string Path = "/api/v1/bookings";

    private readonly TestPlatform _platform = running.Platform;

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Of_64_rivals_for_a_slot_one_wins_and_63_are_told_of_the_conflict(int day)
    {
        var (space, monday) = (await _platform.NewSpaceAsync(), LocalTime.ComingMonday(1).AddDays(day));

        var answers = await AtOnceAsync(64, rival => Wish.For(space.Id, Wish.NewEmail($"rival{rival}"), LocalTime.At(monday, 9, rival % 4 * 10), LocalTime.At(monday, 11)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        var lost = answers.Where(answer => answer.Status != HttpStatusCode.Created).ToList();
        Assert.Equal(63, lost.Count);
        Assert.All(lost, answer => answer.ExpectProblem(HttpStatusCode.Conflict, "Schedule conflict"));
        Assert.Single((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}")).Json.Rows());
    }

    [Fact]
    public async Task Of_32_wishes_of_one_client_in_a_week_three_are_granted()
    {
        var first = await _platform.NewSpaceAsync();
        Guid[] spaces = [first.Id, (await _platform.NewSpaceAsync()).Id, (await _platform.NewSpaceAsync()).Id, (await _platform.NewSpaceAsync()).Id];
        var (email, monday) = (Wish.NewEmail("greedy"), LocalTime.ComingMonday(1));

        // Each wish has a slot of its own: four spaces, four days, two hours.
        var answers = await AtOnceAsync(32, wish => Wish.For(spaces[wish % 4], email, monday.AddDays(wish / 4 % 4), 9 + (wish / 16), 10 + (wish / 16)));

        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        var refused = answers.Where(answer => answer.Status != HttpStatusCode.Created).ToList();
        Assert.Equal(29, refused.Count);
        Assert.All(refused, answer => answer.ExpectProblem(HttpStatusCode.BadRequest, "Weekly booking limit"));
        Assert.Equal(3, (await _platform.User.GetAsync($"{Path}?clientEmail={email}")).Json.Rows().Count);
    }

    private async Task<Answer[]> AtOnceAsync(int count, Func<int, object> wish)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rivals = Enumerable.Range(0, count).Select(async rival =>
        {
            await start.Task;
            return await _platform.User.PostAsync(Path, wish(rival));
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(rivals);
    }
}
