namespace Coworking.Gateway.Limits;

/// <summary>How many requests a minute, and how many at once before that counts.</summary>
internal readonly record struct Rate(int PerMinute, int Burst)
{
    /// <summary>Above anything this process can answer, which is how a limit is lifted.</summary>
    internal const int MaxPerMinute = 100_000_000;

    internal const int MaxBurst = 1_000_000;

    /// <summary>The least of an ADMIN key: a page of a back office may show a thousand rows, each asked for.</summary>
    internal const int AdminBurst = 1000;

    /// <summary>The burst is what ten seconds bring: a page that loads, not a minute's work at once.</summary>
    internal static Rate Of(int perMinute, int leastBurst = 1) => new(perMinute, Math.Clamp(perMinute / 6, leastBurst, MaxBurst));
}
