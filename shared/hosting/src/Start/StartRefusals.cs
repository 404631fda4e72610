using System.Security.Cryptography;
using Coworking.Hosting.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Coworking.Hosting.Start;

/// <summary>What keeps a service from starting, said in one line that names the setting, before anything is built.</summary>
public static class StartRefusals
{
    /// <summary>Judges the settings that every service behind the gateway has.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="arguments">The command line: a verb needs less than the service.</param>
    /// <param name="needed">Settings of this service that must not be empty in Production.</param>
    /// <returns>The line; null where all is well.</returns>
    public static string? RefuseStart(this WebApplicationBuilder builder, string[] arguments, params string[] needed) =>
        RefusePostgres(builder.Configuration) ?? RefusePublicKey(builder.Configuration) ?? RefuseBus(builder.Configuration) ?? builder.RefuseNeeded(arguments, needed);

    /// <summary>In Production, refuses demo secrets, empty ones, and other settings for which no default can be right.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="needed">Settings of this service that must not be empty, where it is to serve.</param>
    /// <returns>The line; null where all is well.</returns>
    public static string? RefuseNeeded(this WebApplicationBuilder builder, string[] arguments, params string[] needed) => builder.Environment.IsProduction()
        ? ProductionSecrets.Refuse(builder.Configuration, arguments.All(argument => argument.StartsWith('-')) ? needed : [])
        : null;

    /// <summary>Refuses a connection string that is missing or none.</summary>
    /// <param name="configuration">Of the service.</param>
    /// <returns>The line; null where all is well.</returns>
    public static string? RefusePostgres(IConfiguration configuration)
    {
        var text = configuration.GetConnectionString("Postgres");

        if (string.IsNullOrWhiteSpace(text))
        {
            return "ConnectionStrings:Postgres is missing; set ConnectionStrings__Postgres";
        }

        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(text).Host) ? "ConnectionStrings:Postgres names no host" : null;
        }
        catch (ArgumentException)
        {
            // Its message quotes the text, and the text holds a password.
            return "ConnectionStrings:Postgres is no connection string of PostgreSQL";
        }
    }

    /// <summary>Refuses addresses that the framework would answer with a stack trace, or would pass over in silence.</summary>
    /// <param name="configuration">Of the service.</param>
    /// <returns>The line; null where all is well.</returns>
    public static string? RefuseAddresses(IConfiguration configuration)
    {
        var urls = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        if (urls.FirstOrDefault(url => !IsBinding(url)) is { } bad)
        {
            return $"ASPNETCORE_URLS holds '{bad}', which is no address to listen on, e.g. http://0.0.0.0:8080";
        }

        return configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            ? "OTEL_EXPORTER_OTLP_ENDPOINT is no http URL, e.g. http://collector:4317"
            : null;
    }

    private static bool IsBinding(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Scheme is "http" or "https";
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // The bus judges itself, too, but is made while the service is built, where a refusal would be a stack trace.
    private static string? RefuseBus(ConfigurationManager configuration)
    {
        if (!Uri.TryCreate(configuration["Bus:Uri"], UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
        {
            return "Bus:Uri must be an address of RabbitMQ: amqp[s]://user:password@host:port/virtual-host; set Bus__Uri";
        }

        if (uri is { Scheme: "amqp", Port: 5671 })
        {
            return "Bus:Uri says amqp and 5671, the port of amqps; say amqps for a connection with TLS";
        }

        // What the clients would refuse with a line that quotes the password, or read as another virtual host than each other.
        return uri.UserInfo.Count(character => character == ':') > 1 || uri.Segments.Length > 2 || (uri.Segments.Length == 2 && uri.AbsolutePath.EndsWith('/'))
            ? "Bus:Uri cannot be read: amqp://user:password@host:port/virtual-host with no slash at its end, and %3A for a colon, %40 for an at sign, %2F for a slash within a name or password"
            : null;
    }

    private static string? RefusePublicKey(ConfigurationManager configuration)
    {
        var text = configuration["Identity:PublicKey"];

        if (string.IsNullOrWhiteSpace(text))
        {
            return "Identity:PublicKey is missing: the gateway's public key (base64 SPKI); set Identity__PublicKey";
        }

        try
        {
            new IdentityTokenVerifier(text, TimeProvider.System).Dispose();
            return null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return "Identity:PublicKey is no base64 SPKI public key on P-256";
        }
    }
}
