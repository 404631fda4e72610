using System.Diagnostics;
using System.Threading.Channels;

namespace Coworking.Contracts.Tests.Documents;

/// <summary>A program run by node, whose lines are read as they come.</summary>
internal sealed class NodeProgram : IAsyncDisposable
{
    // Until something has arrived from the registry on a slow day; the program itself answers in milliseconds.
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private NodeProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Installs what package-lock.json names, where that has not been done, and starts the file.</summary>
    internal static async Task<NodeProgram> StartAsync(string folder, string file, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            using var install = Start("npm", ["ci", "--no-audit", "--no-fund"], folder, environment);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(InstallLimit);
            var output = install.StandardOutput.ReadToEndAsync(limit.Token);
            var error = await install.StandardError.ReadToEndAsync(limit.Token);
            await install.WaitForExitAsync(limit.Token);
            Assert.True(install.ExitCode == 0, $"npm ci failed in {folder}: {await output} {error}");
        }

        return new NodeProgram(Start("node", [file], folder, environment));
    }

    /// <summary>The next line of either output.</summary>
    internal async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        return await _lines.Reader.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string program, IReadOnlyList<string> arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{program} is not installed; the sample consumer needs Node.js 18 or newer with npm (./dev setup)", e);
        }
    }

    private void Read(string? line)
    {
        if (line is not null)
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
