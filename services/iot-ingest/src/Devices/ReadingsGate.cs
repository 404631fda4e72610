using System.Threading.RateLimiting;

namespace Coworking.IotIngest.Devices;

/// <summary>Bounds the memory of readings over HTTP: bodies that are being read or wait for their commit, in units of 64 KiB.</summary>
internal sealed class ReadingsGate : IDisposable
{
    private const int Unit = 64 * 1024;

    // 64 MiB of bodies at work; as much again may wait, and whoever comes beyond is told to come again.
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = 1024,
        QueueLimit = 1024,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <param name="length">Of the body; null where it is not told: it may be the largest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<RateLimitLease> EnterAsync(long? length, CancellationToken cancellationToken) =>
        _limiter.AcquireAsync(1 + (int)(Math.Min(length ?? ReadingsBody.MaxBytes, ReadingsBody.MaxBytes) / Unit), cancellationToken);

    public void Dispose() => _limiter.Dispose();
}
