using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Coworking.Local;

/// <summary>
/// A process that cannot outlive this one. A small shell, its guardian, stands between: it holds the reading end of a pipe from here
/// and ends the process when the pipe closes, which the kernel does also after a SIGKILL or a crash.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const string ScriptVariable = "COWORKING_GUARDIAN";

    private static readonly string Script = Resources.Text("guardian.sh");
    private static readonly bool HasSetpriv = Tools.Find("setpriv") is not null;

    private readonly ChildProcessOptions _options;
    private readonly Process _guardian;
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _listening;

    private IReadOnlyList<int> _killed = [];

    private ChildProcess(ChildProcessOptions options, Process guardian)
    {
        _options = options;
        _guardian = guardian;
        GuardianId = guardian.Id;
        _listening = ListenAsync();
    }

    /// <summary>Process id of the program itself, not of its guardian.</summary>
    public int Id { get; private set; }

    public string Name => _options.Name ?? Path.GetFileName(_options.FileName);

    public string? LogFile => _options.LogFile;

    public bool HasExited => _ended.Task.IsCompleted;

    internal int GuardianId { get; }

    /// <summary>Told of every process that this one starts.</summary>
    internal static Action<ChildProcess>? Started { get; set; }

    public static async Task<ChildProcess> StartAsync(ChildProcessOptions options, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        var limit = Math.Ceiling(options.StopLimit.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] words =
        [
            // The script travels in a variable, so that the list of processes stays readable.
            "bash", "-c", $"eval \"${ScriptVariable}\"", "guardian", options.StopSignal, limit, options.LogFile ?? "/dev/null", options.RemoveWhenOrphaned ?? "",
            options.Companion.Count.ToString(CultureInfo.InvariantCulture), .. options.Companion, .. Command(options),
        ];
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[ScriptVariable] = Script;
        var guardian = Process.Start(start) ?? throw new InvalidOperationException($"No process for {options.FileName}");
        var child = new ChildProcess(options, guardian);
        try
        {
            // Without the token: whoever gives up here would leave a process that nobody holds.
            child.Id = await child._started.Task;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }

        Started?.Invoke(child);
        return child;
    }

    /// <summary>Waits for the end; the result is the exit code, or 128 + the number of the signal.</summary>
    public Task<int> WaitForExitAsync(CancellationToken cancellationToken = default) => _ended.Task.WaitAsync(cancellationToken);

    /// <summary>Asks it to end, and kills it when it has not ended within the limit.</summary>
    public async Task<int> TerminateAsync(TimeSpan? limit = null, CancellationToken cancellationToken = default)
    {
        if (_options.StopSignal == "KILL")
        {
            Kill();
        }
        else
        {
            Send(_options.StopSignal);
        }

        try
        {
            return await _ended.Task.WaitAsync(limit ?? _options.StopLimit, cancellationToken);
        }
        catch (TimeoutException)
        {
            Kill();
            return await _ended.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>SIGKILL to the program and everything it started.</summary>
    public void Kill()
    {
        if (HasExited)
        {
            return;
        }

        // Looked up first: orphans could no longer be found by their parent.
        _killed = ProcessTable.Descendants(Id);
        Send("KILL");
        foreach (var pid in _killed)
        {
            _ = NativeMethods.Kill(pid, 9);
        }
    }

    /// <summary>SIGSTOP: it stays alive, its connections stay open, and it does nothing.</summary>
    public void Pause() => Send("STOP");

    public void Resume() => Send("CONT");

    /// <summary>The last lines of its log, for messages.</summary>
    public string LogTail(int lines = 15) => Log.Tail(_options.LogFile, lines);

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            await TerminateAsync();
        }

        await _listening;
        // A successor on the same data must not meet what is still dying.
        await Wait.UntilAsync(() => !_killed.Any(ProcessTable.IsAlive), TimeSpan.FromSeconds(10), $"everything that {Name} started has ended");
        await _guardian.WaitForExitAsync();
        _guardian.Dispose();
    }

    private static IEnumerable<string> Command(ChildProcessOptions options)
    {
        // Second line of defence: the kernel ends the program when the guardian itself is killed.
        string[] prefix = (HasSetpriv, options.User) switch
        {
            (true, null) => ["setpriv", "--pdeathsig", options.StopSignal, "--"],
            (true, { } user) => ["setpriv", "--pdeathsig", options.StopSignal, $"--reuid={user}", $"--regid={user}", "--init-groups", "--"],
            (false, { } user) => ["runuser", "-u", user, "--"],
            _ => [],
        };
        return [.. prefix, options.FileName, .. options.Arguments];
    }

    private async Task ListenAsync()
    {
        var code = -1;
        while (await _guardian.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words is ["started", var pid])
            {
                _started.TrySetResult(int.Parse(pid, CultureInfo.InvariantCulture));
            }
            else if (words is ["ended", var value])
            {
                code = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            }
        }

        _started.TrySetException(new InvalidOperationException($"{Name} could not be started"));
        _ended.TrySetResult(code);
    }

    private void Send(string signal)
    {
        if (!HasExited && NativeMethods.Kill(Id, Number(signal)) != 0 && Marshal.GetLastPInvokeError() is var error and not 3)
        {
            throw new Win32Exception(error);
        }
    }

    private static int Number(string signal) => signal switch
    {
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "TERM" => 15,
        "CONT" => 18,
        "STOP" => 19,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "unknown signal"),
    };
}
