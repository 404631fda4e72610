using Coworking.Reservations.Database;

namespace Coworking.Reservations.Tests.Database;

public sealed class SharedReadsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_asks_while_a_read_runs_gets_the_next_one_and_shares_it()
    {
        var begun = 0;
        var gates = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        var starts = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        var reads = new SharedReads<string, int>(async _ =>
        {
            var number = begun++;
            starts[number].SetResult();
            await gates[number].Task;
            return number;
        });

        var first = reads.ReadAsync("a", Cancellation);
        await starts[0].Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        var later = Enumerable.Range(0, 10).Select(_ => reads.ReadAsync("a", Cancellation)).ToList();
        gates[0].SetResult();
        Assert.Equal(0, await first);
        await starts[1].Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        var last = reads.ReadAsync("a", Cancellation);
        gates[1].SetResult();
        Assert.All(await Task.WhenAll(later), number => Assert.Equal(1, number));
        gates[2].SetResult();
        Assert.Equal(2, await last);
        Assert.Equal(3, begun);
    }

    [Fact]
    public async Task A_read_that_breaks_is_broken_for_those_who_shared_it_and_for_nobody_else()
    {
        var begun = 0;
        var reads = new SharedReads<string, int>(_ => begun++ == 0 ? throw new InvalidOperationException("away") : Task.FromResult(begun));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reads.ReadAsync("a", Cancellation));
        Assert.Equal(2, await reads.ReadAsync("a", Cancellation));
    }

    [Fact]
    public async Task One_who_gives_up_does_not_end_the_read_of_the_others()
    {
        var gate = new TaskCompletionSource();
        var reads = new SharedReads<string, int>(async _ =>
        {
            await gate.Task;
            return 1;
        });
        using var gone = new CancellationTokenSource();
        var (impatient, patient) = (reads.ReadAsync("a", gone.Token), reads.ReadAsync("a", Cancellation));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.SetResult();
        Assert.Equal(1, await patient);
    }

    [Fact]
    public async Task Under_load_nobody_gets_what_was_read_before_they_asked()
    {
        var committed = 0;
        var reads = new SharedReads<string, int>(async _ =>
        {
            var seen = Volatile.Read(ref committed);
            await Task.Yield();
            return seen;
        });
        await Parallel.ForAsync(0, 20_000, Cancellation, async (i, token) =>
        {
            var mine = Interlocked.Increment(ref committed);
            Assert.True(await reads.ReadAsync(i % 2 == 0 ? "a" : "b", token) >= mine);
        });
    }
}
