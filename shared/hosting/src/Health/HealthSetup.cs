using Coworking.Hosting.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Coworking.Hosting.Health;

/// <summary>/health (is the process there), /health/live (the same, for probes), /health/ready (can it do its work).</summary>
public static class HealthSetup
{
    /// <summary>A database that needs longer is away for whoever waits for a page.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Registers the checks; PostgreSQL decides readiness, everything else only degrades it.</summary>
    public static IHealthChecksBuilder AddServiceHealth(this IServiceCollection services) =>
        // One for all, because it remembers its last answer; else each look makes a new one.
        services.AddSingleton<PostgresHealth>().AddHealthChecks().AddCheck<PostgresHealth>("postgres", HealthStatus.Unhealthy, tags: ["ready"], timeout: Limit);

    /// <summary>Maps the three addresses, open to probes.</summary>
    public static void MapServiceHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", (TimeProvider clock) => TypedResults.Ok(new { status = "ok", ts = clock.GetUtcNow() })).AllowAnonymous().ExcludeFromDescription();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
            {
                status = entry.Value.Status.ToString(),
                durationMs = Math.Round(entry.Value.Duration.TotalMilliseconds, 1),
                entry.Value.Description,
            }),
        }, JsonSetup.Wire);
}

internal sealed class PostgresHealth(NpgsqlDataSource database, TimeProvider clock) : IHealthCheck
{
    private readonly OncePerSecond<HealthCheckResult> _asked = new();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => _asked.AskAsync(AskAsync, clock, cancellationToken);

    private async Task<HealthCheckResult> AskAsync()
    {
        using var limit = new CancellationTokenSource(HealthSetup.Limit);
        await using var command = database.CreateCommand("select 1");
        await command.ExecuteScalarAsync(limit.Token);
        return HealthCheckResult.Healthy();
    }
}
