using System.Diagnostics;

namespace Coworking.ComposeTest;

/// <summary>What the run saw and did not like; its message is the line that is printed.</summary>
internal sealed class Unmet(string message) : Exception(message);

/// <summary>What a program answered.</summary>
internal sealed record Said(int Code, string Out, string Error)
{
    /// <summary>Its output, where it succeeded.</summary>
    internal string Ok(string what) => Code == 0 ? Out.Trim() : throw new Unmet($"{what} ended with code {Code}: {Tail(Error.Length > 0 ? Error : Out)}");

    private static string Tail(string text) => text.Length > 2000 ? "…" + text[^2000..] : text.Trim();
}

/// <summary>Programs of others: the command lines of docker, psql, mosquitto and node.</summary>
internal static class Shell
{
    internal static async Task<Said> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null, int seconds = 120)
    {
        using var process = Start(program, arguments, environment, withInput: input is not null);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);

        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
                process.StandardInput.Close();
            }

            await process.WaitForExitAsync(limit.Token);
            return new Said(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new Unmet($"{program} {string.Join(' ', arguments.Take(4))} did not end within {seconds} s");
        }
    }

    internal static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool withInput = false, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = withInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Environment.CurrentDirectory,
        };

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new Unmet($"{program} is not installed");
        }
    }

    /// <summary>Asks until it holds; what is waited for stands in the message.</summary>
    internal static async Task<T> UntilAsync<T>(Func<Task<T?>> ask, string what, int seconds = 60)
        where T : class
    {
        var began = TimeProvider.System.GetTimestamp();

        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds))
            {
                throw new Unmet($"waited {seconds} s in vain: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        }
    }
}
