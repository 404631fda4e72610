using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Coworking.Hosting.Telemetry;

/// <summary>
/// Traces, metrics and logs over OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set; nothing otherwise. The hosting and instrumentation packages cannot be
/// restored (ADR 0004), so the providers are made here and listen to the sources that the framework and the libraries bring themselves.
/// </summary>
public static class TelemetrySetup
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit", "Yarp.ReverseProxy", "Coworking.*"];

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics", "System.Net.Http", "System.Runtime",
        "Npgsql", "MassTransit", "Yarp.ReverseProxy", "Coworking.*",
    ];

    /// <summary>Registers the providers.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="serviceName">service.name of the resource, e.g. reservations.</param>
    public static void AddTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        if (!builder.Environment.IsDevelopment())
        {
            builder.Logging.ClearProviders().AddJsonConsole(options => options.UseUtcTimestamp = true);
        }

        if (!IsOn(builder.Configuration))
        {
            return;
        }

        var resource = ResourceBuilder.CreateDefault().AddService(serviceName, serviceInstanceId: Environment.MachineName + "-" + Environment.ProcessId);
        builder.Logging.AddOpenTelemetry(options => options.SetResourceBuilder(resource).AddOtlpExporter());
        builder.Services.AddHostedService(_ => new TelemetryProviders(
            Traces().SetResourceBuilder(resource).AddOtlpExporter().Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter().Build()));
    }

    /// <summary>True where traces, metrics and logs are sent.</summary>
    public static bool IsOn(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>What is traced; the exporter is added last.</summary>
    internal static TracerProviderBuilder Traces() => Sdk.CreateTracerProviderBuilder().AddSource(Sources).AddProcessor(new MaskSecrets());

    private sealed class TelemetryProviders(TracerProvider traces, MeterProvider metrics) : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            traces.Dispose();
            metrics.Dispose();
        }
    }
}
