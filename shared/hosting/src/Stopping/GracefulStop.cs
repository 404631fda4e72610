using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Coworking.Hosting.Stopping;

/// <summary>
/// What a service does between SIGTERM and its end: it is not ready any more, answers what still comes for Stop:Delay and closes each connection with its
/// answer, so that the next request goes elsewhere; then it finishes what it has begun.
/// </summary>
public static class GracefulStop
{
    // Of the ten seconds within which a service has to be gone: what it takes to end after that was seen to be as much as three, on a machine with forty processes for two cores.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(6);

    /// <summary>Registers the delay, its setting and the health check.</summary>
    public static void AddGracefulStop(this IServiceCollection services)
    {
        services.AddOptions<StopOptions>().BindConfiguration("Stop").ValidateDataAnnotations().ValidateOnStart();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = Limit);
        services.AddHostedService<StopDelay>();
        services.AddHealthChecks().AddCheck<StoppingHealth>("stopping", HealthStatus.Unhealthy, tags: ["ready"]);
    }

    /// <summary>Goes first in the pipeline.</summary>
    public static void UseGracefulStop(this IApplicationBuilder app)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            // HTTP/2 has a frame for it, which the server sends by itself.
            if (stopping.IsCancellationRequested && !HttpProtocol.IsHttp2(context.Request.Protocol))
            {
                context.Response.Headers.Connection = "close";
            }

            return next(context);
        });
    }

    private sealed class StopDelay(IOptions<StopOptions> options, TimeProvider clock) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        // Before anything is stopped, the server among it.
        public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(options.Value.Delay, clock, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class StoppingHealth(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("the service is stopping") : HealthCheckResult.Healthy());
    }
}
