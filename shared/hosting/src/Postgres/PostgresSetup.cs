using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Postgres;

/// <summary>One pool for what is asked and a small one for what must go on meanwhile, one context and one schema per service.</summary>
public static class PostgresSetup
{
    /// <summary>
    /// Key of the pool of leases and outbox. When requests wait for connections, a lease that waits behind them is lost and the bus hears nothing more, just
    /// when people want to know.
    /// </summary>
    public const string Background = "background";

    /// <summary>Registers the pool, the context, the schema and the listener.</summary>
    /// <param name="services">The container.</param>
    /// <param name="configuration">ConnectionStrings:Postgres is read once, at start. Of its Maximum Pool Size a tenth, two to four, are for leases and outbox.</param>
    /// <param name="schema">The schema that the service owns.</param>
    /// <exception cref="InvalidOperationException">ConnectionStrings:Postgres is missing.</exception>
    public static IServiceCollection AddPostgres<TContext>(this IServiceCollection services, IConfiguration configuration, string schema)
        where TContext : DbContext
    {
        var text = configuration.GetConnectionString("Postgres")
            ?? throw new InvalidOperationException("ConnectionStrings:Postgres is missing; set ConnectionStrings__Postgres");
        // Statements without a schema in embedded SQL and in functions find the service's own.
        var settings = new NpgsqlConnectionStringBuilder(text)
        {
            SearchPath = $"{schema},public",
            ApplicationName = $"coworking-{schema}",
            // Nothing here outlives its transaction but what sits on connections that are never given back: resetting would add eight statements to each use.
            NoResetOnClose = true,
        };

        // Planning costs more than running the statements of a request; a pooler that cannot keep them turns it off with Max Auto Prepare=0.
        if (!text.Contains("Auto Prepare", StringComparison.OrdinalIgnoreCase))
        {
            settings.MaxAutoPrepare = 100;
        }

        services.AddPools(settings);
        services.AddSingleton(new ServiceSchema(schema));
        services.AddDbContextPool<TContext>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>(), npgsql => npgsql.MigrationsHistoryTable("migrations", schema))
            // A constraint that objects is an answer, not an accident; what is not caught is logged once, by the handler of exceptions.
            .ConfigureWarnings(warnings => warnings.Log(
                (RelationalEventId.CommandError, LogLevel.Debug), (RelationalEventId.TransactionError, LogLevel.Debug), (RelationalEventId.ConnectionError, LogLevel.Debug), (CoreEventId.SaveChangesFailed, LogLevel.Debug))));
        services.AddSingleton<PostgresListener>();
        services.AddHostedService(provider => provider.GetRequiredService<PostgresListener>());
        return services;
    }

    private static void AddPools(this IServiceCollection services, NpgsqlConnectionStringBuilder settings)
    {
        var background = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MinPoolSize = 0, MaxPoolSize = Math.Clamp(settings.MaxPoolSize / 10, 2, 4) };

        // Of fewer, requests would keep none: the listener holds one of theirs.
        if (settings.MaxPoolSize < 5)
        {
            services.AddSingleton(NpgsqlDataSource.Create(settings));
            services.AddKeyedSingleton(Background, (provider, _) => provider.GetRequiredService<NpgsqlDataSource>());
            return;
        }

        settings.MaxPoolSize -= background.MaxPoolSize;
        settings.MinPoolSize = Math.Min(settings.MinPoolSize, settings.MaxPoolSize);
        services.AddSingleton(NpgsqlDataSource.Create(settings));
        services.AddKeyedSingleton(Background, NpgsqlDataSource.Create(background));
    }

    /// <summary>Reads SQL that is embedded in the assembly of a migration, and adds it to the migration.</summary>
    /// <param name="migration">The builder of the migration.</param>
    /// <param name="origin">A type of the assembly that embeds the file.</param>
    /// <param name="fileName">E.g. 0001_initial.sql.</param>
    public static void SqlFile(this MigrationBuilder migration, Type origin, string fileName)
    {
        using var stream = origin.Assembly.GetManifestResourceStream(fileName) ?? throw new InvalidOperationException($"{fileName} is not embedded in {origin.Assembly.GetName().Name}");
        using var reader = new StreamReader(stream);
        migration.Sql(reader.ReadToEnd());
    }

    /// <summary>The tables of this library (outbox, inbox, leases) in the schema of the service that migrates.</summary>
    public static void MessagingTables(this MigrationBuilder migration) => migration.SqlFile(typeof(PostgresSetup), "messaging.sql");

    /// <summary>snake_case for every table's columns, as SQL is written by hand here.</summary>
    public static void UseSnakeCaseColumns(this ModelBuilder model)
    {
        foreach (var property in model.Model.GetEntityTypes().SelectMany(type => type.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    /// <summary>True where this constraint objected, somewhere below the exception.</summary>
    public static bool Violates(this Exception exception, string constraint) =>
        exception is PostgresException { ConstraintName: { } name } ? name == constraint : exception.InnerException?.Violates(constraint) ?? false;

    /// <summary>True for a deadlock or a serialization failure: the transaction was undone and may be tried again.</summary>
    public static bool IsRivalry(this Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure }
            || (exception.InnerException?.IsRivalry() ?? false);

    private static string SnakeCase(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
