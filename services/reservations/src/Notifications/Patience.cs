using Npgsql;
using Polly;
using Polly.Retry;

namespace Coworking.Reservations.Notifications;

/// <summary>Bears a database that is away for a moment, where what was sent is to be noted: what is not noted is sent again.</summary>
internal static class Patience
{
    /// <summary>Seven more tries over 26 s; a courier's claim is good for minutes.</summary>
    internal static ResiliencePipeline With(TimeProvider clock) => new ResiliencePipelineBuilder { TimeProvider = clock }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 7,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(250),
            MaxDelay = TimeSpan.FromSeconds(10),
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsBlip),
        })
        .Build();

    /// <summary>True where the same statement may succeed a moment later: the server is away, restarts or changes its role.</summary>
    internal static bool IsBlip(Exception e) => e is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "25006" };
}
