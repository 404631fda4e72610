using System.Diagnostics;
using System.Text.Json;

namespace Coworking.Reservations.Tests.Calendars;

/// <summary>ical.js: what a reader that is not ours makes of a calendar.</summary>
internal static class ForeignReader
{
    // Until the parser has arrived from the registry on a slow day; reading takes milliseconds.
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim Installing = new(1);

    internal static async Task<JsonElement> ReadAsync(string calendar)
    {
        var folder = Path.Combine(Coworking.Local.Repository.Root, "services", "reservations", "tests", "Calendars", "reader");
        await Installing.WaitAsync(TestContext.Current.CancellationToken);

        try
        {
            // ./dev setup has done so already.
            if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            {
                await RunAsync("npm", ["ci", "--no-audit", "--no-fund"], folder, "", InstallLimit);
            }
        }
        finally
        {
            Installing.Release();
        }

        return JsonDocument.Parse(await RunAsync("node", ["read-calendar.js"], folder, calendar, ReadLimit)).RootElement;
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder, string input, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ends.CancelAfter(limit);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ends.Token), process.StandardError.ReadToEndAsync(ends.Token));
        // Bytes, for a writer of text would begin with a byte order mark.
        await process.StandardInput.BaseStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(input), ends.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(ends.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
        return await output;
    }
}
