namespace Coworking.Local;

/// <summary>Writes the document of the API as the services of this build tell it.</summary>
internal static class OpenApiCommand
{
    internal static async Task<int> RunAsync(string file, CancellationToken stopping)
    {
        try
        {
            await using var servers = await LocalServers.StartAsync(LocalServersOptions.Fast, stopping);
            await using var platform = await Platform.StartAsync(new PlatformOptions { Postgres = servers.Postgres, Bus = servers.Rabbit.Uri(), Mosquitto = servers.Mosquitto }, stopping);
            using var http = new HttpClient { BaseAddress = platform.Gateway, Timeout = TimeSpan.FromSeconds(60) };
            await File.WriteAllTextAsync(file, await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), stopping) + "\n", stopping);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 1;
        }
        catch (Exception e) when (e is InvalidOperationException or PortTakenException or HttpRequestException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
