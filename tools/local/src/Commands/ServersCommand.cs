using System.Globalization;
using System.Text.Json;

namespace Coworking.Local;

/// <summary>Runs the servers for somebody else's tests.</summary>
internal static class ServersCommand
{
    private static readonly TimeSpan LookForParent = TimeSpan.FromMilliseconds(250);

    internal static async Task<int> RunAsync(string file, string[] options, CancellationToken stopping)
    {
        int? parent = options is ["--parent", var pid] ? int.Parse(pid, CultureInfo.InvariantCulture) : null;
        try
        {
            await using var servers = await LocalServers.StartAsync(LocalServersOptions.Fast with { Mail = new MailServerOptions() }, stopping);
            SecretFile.Write(file, JsonSerializer.Serialize(RunningServers.Of(servers)));
            await (parent is { } id ? ParentEndsAsync(id, stopping) : InputEndsAsync(stopping));
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (Exception e) when (e is InvalidOperationException or PortTakenException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task ParentEndsAsync(int parent, CancellationToken stopping)
    {
        while (ProcessTable.IsAlive(parent))
        {
            await Task.Delay(LookForParent, stopping);
        }
    }

    private static async Task InputEndsAsync(CancellationToken stopping)
    {
        // On a thread of its own: the console's readers block, whatever their names say.
        var reading = Task.Run(Console.In.ReadToEnd, CancellationToken.None);
        _ = await reading.WaitAsync(stopping);
    }
}
