using System.Globalization;

namespace Coworking.Hosting.Health;

/// <summary>
/// The verb health: asks the service that runs in the same container how it is, and says so by the exit code. An image without a shell has nobody else to ask.
/// Not one of the verbs of a built service: it runs every few seconds, and building the service would cost more than the answer.
/// </summary>
public static class HealthVerb
{
    // Shorter than the patience of the probes in deploy/, so that what is printed says why.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>True where the command line is health, with or without what to ask.</summary>
    /// <param name="arguments">The command line.</param>
    public static bool IsAskedBy(string[] arguments) => arguments is ["health", ..];

    /// <summary>Asks /health/ready, or /health/live where the command line is health live.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit code: 0 where the answer is 200, else 1.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not (["health"] or ["health", "ready" or "live"]))
        {
            return await FailAsync("health takes ready (the default) or live");
        }

        if (Port(Environment.GetEnvironmentVariable("ASPNETCORE_URLS"), Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")) is not { } port)
        {
            return await FailAsync("health: neither ASPNETCORE_URLS nor ASPNETCORE_HTTP_PORTS names an http port");
        }

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { Timeout = Limit };

        try
        {
            var what = arguments.ElementAtOrDefault(1) ?? "ready";
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/health/{what}"));
            return answer.IsSuccessStatusCode ? 0 : await FailAsync($"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return await FailAsync(e.Message);
        }
    }

    /// <summary>The port of the first http address; the addresses come before the ports, as in the framework.</summary>
    internal static int? Port(string? urls, string? ports)
    {
        if (string.IsNullOrEmpty(urls))
        {
            return int.TryParse(ports?.Split(';', ',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
        }

        var address = urls.Split(';').FirstOrDefault(url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
        // The host may be * or +, which no Uri takes.
        var colon = address?.LastIndexOf(':') ?? -1;
        return address is null ? null
            : int.TryParse(address.AsSpan(colon + 1).TrimEnd('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : 80;
    }

    private static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return 1;
    }
}
