using System.Diagnostics;
using System.Globalization;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Twins;

/// <summary>mosquitto_sub: payloads of a topic, a line each; null at its end.</summary>
internal sealed class ForeignSubscriber : IDisposable
{
    private readonly Process _process;

    internal ForeignSubscriber(TestPlatform platform, string topic, params string[] more)
    {
        string[] words = more.Length == 0 ? ["-W", "90"] : more;
        // Into a pipe it would keep its lines until it has a block of them.
        _process = Process.Start(new ProcessStartInfo(
            "stdbuf", ["-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", platform.Broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-F", "%p", "-t", topic, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
    }

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static async Task<bool> IsRetainedAsync(TestPlatform platform, string topic)
    {
        using var subscriber = new ForeignSubscriber(platform, topic, "-W", "3");
        return await subscriber.NextAsync() is not null;
    }

    internal Task<string?> NextAsync() => _process.StandardOutput.ReadLineAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
