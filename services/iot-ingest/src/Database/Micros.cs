namespace Coworking.IotIngest.Database;

/// <summary>Instants as microseconds since 1970-01-01 UTC: what PostgreSQL keeps, in eight bytes that sort and subtract.</summary>
internal static class Micros
{
    public const long PerSecond = 1_000_000;
    public const long PerMinute = 60 * PerSecond;

    // PostgreSQL counts from 2000-01-01.
    public const long PostgresEpoch = 946_684_800 * PerSecond;

    public static long Of(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static long Of(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToInstant(long micros) => new(DateTimeOffset.UnixEpoch.Ticks + (micros * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
