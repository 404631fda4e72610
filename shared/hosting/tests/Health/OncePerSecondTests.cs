using Coworking.Hosting.Health;

namespace Coworking.Hosting.Tests.Health;

public sealed class OncePerSecondTests
{
    private readonly OncePerSecond<int> _asked = new();
    private readonly Clock _clock = new();
    private int _questions;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_ask_within_a_second_get_one_answer_and_the_next_second_another()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, await AskAsync());
        }

        _clock.Now += TimeSpan.TicksPerSecond - 1;
        Assert.Equal(1, await AskAsync());
        _clock.Now++;
        Assert.Equal((2, 2), (await AskAsync(), await AskAsync()));
    }

    [Fact]
    public async Task A_question_that_takes_longer_is_asked_once_and_whoever_leaves_leaves_it_to_the_others()
    {
        var answer = new TaskCompletionSource<int>();
        using var leaves = new CancellationTokenSource();
        Task<int> Ask(CancellationToken cancellationToken) => _asked.AskAsync(
            () =>
            {
                _questions++;
                return answer.Task;
            },
            _clock, cancellationToken);
        var (first, second) = (Ask(leaves.Token), Ask(Stop));
        _clock.Now += 10 * TimeSpan.TicksPerSecond;
        var third = Ask(Stop);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult(7);

        Assert.Equal((7, 7, 1), (await second, await third, _questions));
    }

    [Fact]
    public async Task An_error_is_an_answer_for_its_second_and_no_longer()
    {
        Task<int> Fail() => Task.FromException<int>(new TimeoutException($"{++_questions}"));
        await Assert.ThrowsAsync<TimeoutException>(() => _asked.AskAsync(Fail, _clock, Stop));
        await Assert.ThrowsAsync<TimeoutException>(() => _asked.AskAsync(Fail, _clock, Stop));
        Assert.Equal(1, _questions);

        _clock.Now += TimeSpan.TicksPerSecond;
        Assert.Equal(2, await AskAsync());
    }

    private Task<int> AskAsync() => _asked.AskAsync(() => Task.FromResult(++_questions), _clock, Stop);

    private sealed class Clock : TimeProvider
    {
        internal long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
