using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Coworking.Hosting.Health;

/// <summary>/health/db: is the database there, how fast does it answer, and how busy are this service's connections; 503 where it is away. Asked once a second however many want to know.</summary>
public static class DatabaseHealth
{
    // As readiness: a database that needs longer is away for whoever waits for a page.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // Asked of the server, which knows: Npgsql shows its pools to metrics only. What is counted is all replicas of this service, this question among them.
    private const string Sql = """
        select count(*) filter (where state <> 'idle'), count(*) filter (where state = 'idle'), count(*) from pg_stat_activity
        where datname = current_database() and usename = current_user and application_name = current_setting('application_name')
        """;

    // By the pool, and not in a field: a process of tests has several services.
    private static readonly ConditionalWeakTable<NpgsqlDataSource, OncePerSecond<Report?>> Asked = [];

    private static readonly Refusal Away = new(StatusCodes.Status503ServiceUnavailable, "service.unavailable", "The database does not answer");

    private static readonly Operation Described = new("Asks the database: is it there, how fast, how busy")
    {
        Gives = """{"status":"ok","ts":"2099-01-02T10:00:00.000Z","responseTimeMs":0.8,"pool":{"active":1,"idle":4,"total":5}}""",
    };

    /// <summary>What is told of the database.</summary>
    /// <param name="Status">ok.</param>
    /// <param name="Ts">When it was asked.</param>
    /// <param name="ResponseTimeMs">From asking for a connection to the answer, in milliseconds.</param>
    /// <param name="Pool">The service's connections.</param>
    public sealed record Report(string Status, DateTimeOffset Ts, double ResponseTimeMs, PoolUse Pool);

    /// <summary>Connections of all replicas of the service.</summary>
    /// <param name="Active">At work or within a transaction.</param>
    /// <param name="Idle">Open and free.</param>
    /// <param name="Total">Open.</param>
    public sealed record PoolUse(long Active, long Idle, long Total);

    /// <summary>Maps the address, open to probes.</summary>
    public static void MapDatabaseHealth(this IEndpointRouteBuilder app) => app.MapGet("/health/db", Handle).AllowAnonymous().WithTags("Health").Described(Described);

    private static async Task<Results<Ok<Report>, ProblemHttpResult>> Handle(NpgsqlDataSource database, TimeProvider clock, HttpContext context)
    {
        if (await Asked.GetOrCreateValue(database).AskAsync(() => AskAsync(database, clock), clock, context.RequestAborted) is { } report)
        {
            return TypedResults.Ok(report);
        }

        context.Response.Headers.RetryAfter = "2";
        return Away.ToProblem();
    }

    private static async Task<Report?> AskAsync(NpgsqlDataSource database, TimeProvider clock)
    {
        var (now, began) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        using var limit = new CancellationTokenSource(Limit);

        try
        {
            await using var command = database.CreateCommand(Sql);
            await using var reader = await command.ExecuteReaderAsync(limit.Token);
            await reader.ReadAsync(limit.Token);
            var pool = new PoolUse(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            return new Report("ok", now, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1), pool);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
