using Coworking.Gateway.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.Gateway.Tests.Transport;

/// <summary>A loop by itself.</summary>
public sealed class EventLoopTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_goes_on_on_the_pool_until_it_is_told_otherwise()
    {
        using var loops = new EventLoops(1, NullLogger<EventLoop>.Instance);
        var loop = loops.All[0];
        var scheduler = new LoopScheduler(loop);
        var places = new List<EventLoop?>();

        await AtAsync();
        scheduler.RunsOnPool = false;
        await AtAsync();

        Assert.Equal([null, loop], places);

        async Task AtAsync()
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(
                _ => scheduler.Schedule(
                    _ =>
                    {
                        places.Add(EventLoop.Current);
                        done.SetResult();
                    },
                    null),
                null);
            await done.Task.WaitAsync(TimeSpan.FromSeconds(20), Ended);
        }
    }

    [Fact]
    public async Task A_slip_of_one_ends_neither_the_loop_nor_the_process()
    {
        using var loops = new EventLoops(1, NullLogger<EventLoop>.Instance);
        loops.All[0].Post(_ => throw new InvalidOperationException("a slip"), null);
        loops.All[0].OnTick(() => throw new InvalidOperationException("another"));

        await TurnAsync(loops.All[0]).WaitAsync(TimeSpan.FromSeconds(20), Ended);
    }

    [Fact]
    public async Task Who_comes_to_a_loop_that_is_over_is_not_left_waiting()
    {
        var loops = new EventLoops(1, NullLogger<EventLoop>.Instance);
        loops.Dispose();

        await TurnAsync(loops.All[0]).WaitAsync(TimeSpan.FromSeconds(20), Ended);
    }

    [Fact]
    public async Task Who_awaits_a_turn_goes_on_on_the_loop_wherever_he_comes_from()
    {
        using var loops = new EventLoops(1, NullLogger<EventLoop>.Instance);
        var loop = loops.All[0];
        var elsewhere = 0;

        // Many at once, so that some turns come before their awaiter has looked whether they have.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    await loop.NextTurnAsync();
                    Interlocked.Add(ref elsewhere, EventLoop.Current == loop ? 0 : 1);
                    await Task.Yield();
                }
            },
            Ended))).WaitAsync(TimeSpan.FromSeconds(60), Ended);

        Assert.Equal(0, elsewhere);
    }

    private static async Task TurnAsync(EventLoop loop) => await loop.NextTurnAsync();
}
