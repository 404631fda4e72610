using MassTransit;
using Npgsql;

namespace Coworking.Bus;

/// <summary>How often a message is tried again before it goes to the queue's _error.</summary>
internal static class Retries
{
    // Short waits for a rival, then longer ones.
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    // 25 minutes in all: RabbitMQ takes a message back from a consumer that has not acknowledged it for 30.
    private const int OutageTries = 750;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(2);

    public static void OfFaults(IRetryConfigurator retry)
    {
        retry.Ignore<Exception>(IsOutage);
        retry.Intervals(Pauses);
    }

    public static void OfOutages(IRetryConfigurator retry)
    {
        retry.Handle<Exception>(IsOutage);
        retry.Interval(OutageTries, OutagePause);
    }

    /// <summary>True where the database was away, full, read-only or restarting: the same message will do when it is back.</summary>
    public static bool IsOutage(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            // A deadlock or a serialization failure is over at once: those are tried again as faults are.
            if (cause is PostgresException postgres)
            {
                return postgres is { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } or { InvariantSeverity: "FATAL" or "PANIC" }
                    || (postgres.IsTransient && postgres.SqlState is not (PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure));
            }

            if (cause is NpgsqlException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }
}
