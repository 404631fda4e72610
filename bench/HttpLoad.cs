namespace Coworking.Bench;

/// <summary>GETs from a number of connections, one at a time on each, for a while.</summary>
internal static class HttpLoad
{
    /// <returns>Good answers per second; one that is not 200 fails the run.</returns>
    public static async Task<double> RunAsync(Uri address, string key, int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections };
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.Add("x-api-key", key);
        var clock = TimeProvider.System;
        var answers = 0L;
        var started = clock.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (clock.GetElapsedTime(started) < duration)
            {
                using var response = await client.GetAsync(address, cancellationToken);
                response.EnsureSuccessStatusCode();
                await response.Content.CopyToAsync(Stream.Null, cancellationToken);
                Interlocked.Increment(ref answers);
            }
        }));
        return answers / clock.GetElapsedTime(started).TotalSeconds;
    }
}
