using System.Globalization;

namespace Coworking.Local.Tests;

public sealed class ChildProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_id_is_the_programs_own_and_its_output_is_in_the_log()
    {
        await using var child = await ChildProcess.StartAsync(Bash("echo $$ $COLOUR; exit 3", new() { ["COLOUR"] = "green and blue" }), Token);

        Assert.Equal(3, await child.WaitForExitAsync(Token).WaitAsync(Limit, Token));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{child.Id} green and blue"), child.LogTail());
        Assert.True(child.HasExited);
    }

    [Fact]
    public async Task It_is_asked_to_end_before_it_is_killed()
    {
        await using var child = await ChildProcess.StartAsync(Bash("trap 'exit 7' TERM; echo ready; while :; do read -t 0.05 <> <(:); done"), Token);
        await Wait.UntilAsync(() => child.LogTail().Contains("ready"), Limit, "the program is ready", Token);

        Assert.Equal(7, await child.TerminateAsync(cancellationToken: Token).WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task One_that_does_not_listen_is_killed_after_its_limit()
    {
        await using var child = await ChildProcess.StartAsync(Bash("trap '' TERM; echo ready; sleep 60 & wait; sleep 60"), Token);
        await Wait.UntilAsync(() => child.LogTail().Contains("ready"), Limit, "the program is ready", Token);
        var family = ProcessTable.Descendants(child.Id);
        Assert.NotEmpty(family);

        Assert.Equal(128 + 9, await child.TerminateAsync(TimeSpan.FromMilliseconds(200), Token).WaitAsync(Limit, Token));
        await Wait.UntilAsync(() => !family.Any(ProcessTable.IsAlive), Limit, "what it started has ended too", Token);
    }

    [Fact]
    public async Task It_hears_the_interrupt_that_ends_it()
    {
        var options = Bash("trap 'exit 5' INT; echo ready; while :; do read -t 0.05 <> <(:); done") with { StopSignal = "INT" };
        await using var child = await ChildProcess.StartAsync(options, Token);
        await Wait.UntilAsync(() => child.LogTail().Contains("ready"), Limit, "the program is ready", Token);

        Assert.Equal(5, await child.TerminateAsync(cancellationToken: Token).WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task It_ends_with_its_guardian()
    {
        await using var child = await ChildProcess.StartAsync(Bash("echo ready; exec sleep 60"), Token);
        await Wait.UntilAsync(() => child.LogTail().Contains("ready"), Limit, "the program is ready", Token);

        Assert.Equal(0, NativeMethods.Kill(child.GuardianId, 9));

        await Wait.UntilAsync(() => !ProcessTable.IsAlive(child.Id), Limit, "the program has ended", Token);
    }

    [Fact]
    public async Task A_program_that_is_not_there_says_so_in_the_log()
    {
        await using var child = await ChildProcess.StartAsync(new ChildProcessOptions("no-such-program") { LogFile = _machine.At("log") }, Token);

        Assert.Equal(127, await child.WaitForExitAsync(Token).WaitAsync(Limit, Token));
        Assert.Contains("no-such-program", child.LogTail());
    }

    public void Dispose() => _machine.Dispose();

    private ChildProcessOptions Bash(string script, Dictionary<string, string?>? environment = null) =>
        new("bash", "-c", script) { LogFile = _machine.At("log"), Environment = environment ?? [] };
}
