using System.Text.RegularExpressions;
using Coworking.Hosting.Health;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Messaging;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Coworking.Hosting.Start;
using Coworking.Hosting.Stopping;
using Coworking.Hosting.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Coworking.Hosting;

/// <summary>What every service is made of, in one call each for building and for the pipeline.</summary>
public static partial class ServiceDefaults
{
    /// <summary>Telemetry, JSON, problems, the gateway's identity, PostgreSQL, leases, health, OpenAPI; a container that is checked at start.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">Its name in telemetry, e.g. iot-ingest.</param>
    /// <param name="schema">The PostgreSQL schema that it owns.</param>
    public static IHealthChecksBuilder AddServiceDefaults<TContext>(this WebApplicationBuilder builder, string name, string schema)
        where TContext : DbContext
    {
        builder.AddTelemetry(name);
        builder.Host.UseDefaultServiceProvider(options => (options.ValidateOnBuild, options.ValidateScopes) = (true, true));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddGracefulStop();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(options => JsonSetup.Configure(options.SerializerOptions));
        builder.Services.AddProblems();
        builder.Services.AddGatewayIdentity(builder.Configuration);
        builder.Services.AddPostgres<TContext>(builder.Configuration, schema);
        builder.Services.AddSingleton<LeaseStore>();
        builder.Services.AddServiceOpenApi(new OpenApiSettings(name));
        return builder.Services.AddServiceHealth();
    }

    /// <summary>Sends what the service's outbox holds.</summary>
    /// <typeparam name="TPublisher">The service's way to the bus.</typeparam>
    public static void AddOutbox<TPublisher>(this IServiceCollection services)
        where TPublisher : class, IOutboxPublisher
    {
        services.AddSingleton<IOutboxPublisher, TPublisher>();
        services.AddHostedService<OutboxDispatcher>();
    }

    /// <summary>The pipeline in front of every route: problems first, then who is asking.</summary>
    public static void UseServiceDefaults(this WebApplication app)
    {
        app.UseGracefulStop();
        app.UseProblems();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapServiceHealth();
        app.MapDatabaseHealth();
        app.MapServiceOpenApi();
    }

    /// <summary>Runs a verb where the command line names one, else the service. Outside Development a replica never migrates at start.</summary>
    /// <param name="app">The service, built.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="verbs">Verb to action; migrate is always there.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunVerbAsync<TContext>(this WebApplication app, string[] arguments, IReadOnlyDictionary<string, Func<IServiceProvider, Task>>? verbs = null)
        where TContext : DbContext
    {
        if (arguments.FirstOrDefault(argument => !argument.StartsWith('-')) is not { } verb)
        {
            if (Unfit(app) is { } reason)
            {
                await Console.Error.WriteLineAsync(reason);
                return 1;
            }

            await app.RunAsync();
            return 0;
        }

        await using var scope = app.Services.CreateAsyncScope();

        if (verb == "migrate")
        {
            await scope.ServiceProvider.GetRequiredService<TContext>().Database.MigrateAsync();
            return 0;
        }

        if (verb == "demo" && app.Environment.IsProduction())
        {
            await Console.Error.WriteLineAsync("Demo data is never loaded in Production");
            return 1;
        }

        if (verbs is not null && verbs.TryGetValue(verb, out var run))
        {
            try
            {
                await run(scope.ServiceProvider);
                return 0;
            }
            catch (VerbRefusedException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        }

        await Console.Error.WriteLineAsync($"'{verb}' is no verb of this service; it knows: migrate{string.Concat((verbs?.Keys ?? []).Select(known => ", " + known))}");
        return 2;
    }

    /// <summary>The options judge themselves before the host starts, which would tell of a wrong one with a stack.</summary>
    private static string? Unfit(WebApplication app)
    {
        if (StartRefusals.RefuseAddresses(app.Configuration) is { } line)
        {
            return line;
        }

        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
            return null;
        }
        catch (OptionsValidationException e)
        {
            return string.Join(' ', e.Failures);
        }
        catch (AggregateException e)
        {
            return string.Join(' ', e.InnerExceptions.Select(inner => inner.Message)).ReplaceLineEndings(" ");
        }
        catch (Exception e) when (e is InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException })
        {
            // A value that is no number where one belongs: the binder's message names the setting. What it quotes may hold a password.
            return QuotedValue().Replace(e.Message, "value at '");
        }
    }

    [GeneratedRegex("value '.*' at '", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedValue();
}

/// <summary>A verb cannot do what it was asked for.</summary>
/// <param name="message">Why, for the person at the command line.</param>
public sealed class VerbRefusedException(string message) : Exception(message);
