namespace Coworking.Local;

/// <summary>The process of one server: started until it answers, stopped, killed, started again with the same options.</summary>
internal sealed class ServerProcess(
    string name, DataFolder data, ChildProcessOptions options, TimeSpan startLimit, Func<CancellationToken, Task<bool>> answers) : IAsyncDisposable
{
    private ChildProcess? _child;

    internal ChildProcess Child => _child ?? throw new InvalidOperationException($"{name} does not run");

    /// <summary>Set when the process is only the docker client: killing that would leave the container.</summary>
    internal string? Container { get; init; }

    internal DataFolder Data => data;

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        await EndAsync(kill: false, cancellationToken);
        var child = await ChildProcess.StartAsync(options, cancellationToken);
        _child = child;
        try
        {
            await Wait.UntilAsync(() => AnswersAsync(child, cancellationToken), startLimit, $"{name} answers", cancellationToken);
        }
        catch (TimeoutException e)
        {
            await EndAsync(kill: true, CancellationToken.None);
            throw new InvalidOperationException($"{e.Message}\n{child.LogTail()}", e);
        }
        catch
        {
            await EndAsync(kill: true, CancellationToken.None);
            throw;
        }
    }

    internal async Task EndAsync(bool kill, CancellationToken cancellationToken)
    {
        if (_child is not { } child)
        {
            return;
        }

        _child = null;
        if (kill && Container is not null)
        {
            _ = await Tools.RunAsync(["docker", "kill", Container], cancellationToken);
        }
        else if (kill)
        {
            child.Kill();
        }

        await child.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(kill: false, CancellationToken.None);
        data.DeletePrivate();
    }

    private async Task<bool> AnswersAsync(ChildProcess child, CancellationToken cancellationToken)
    {
        if (child.HasExited)
        {
            throw new InvalidOperationException($"{name} ended with code {await child.WaitForExitAsync(cancellationToken)}:\n{child.LogTail()}");
        }

        return await answers(cancellationToken);
    }
}
