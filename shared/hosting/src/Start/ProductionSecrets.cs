using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Coworking.Hosting.Start;

/// <summary>Production runs on secrets of its own: neither on those of deploy/.env.example, which everybody can read, nor on none.</summary>
internal static class ProductionSecrets
{
    /// <summary>Stands in every password of the example.</summary>
    private const string Mark = "demo-secret";

    // A key cannot carry the mark: SHA-256 of the text of the example's signing key and of its public part.
    private static readonly string[] DemoKeys =
    [
        "7da5f3624d04a2b76fc68497fd058c6d24faf0871208665ba8202c9404136bf7",
        "c194a152aa86d197e034c6baf49895e38de1acbfc230c46d25f66925dd7cb683",
    ];

    /// <summary>One line that names the first setting at fault; null where all is well.</summary>
    /// <param name="configuration">Of the service.</param>
    /// <param name="needed">Settings that must not be empty.</param>
    internal static string? Refuse(IConfiguration configuration, IEnumerable<string> needed) =>
        RefuseDemo(configuration) ?? RefuseNoPassword(configuration) ?? needed.Where(name => string.IsNullOrWhiteSpace(configuration[name])).Select(Empty).FirstOrDefault();

    // Whatever the setting is called: what is added later is judged too.
    private static string? RefuseDemo(IConfiguration configuration) => configuration.AsEnumerable()
        .Where(setting => setting.Value is { } value && IsDemo(value))
        .Select(setting => $"{setting.Key} holds a demo secret, which is refused in Production; set {Variable(setting.Key)} to one of your own")
        .Order(StringComparer.Ordinal)
        .FirstOrDefault();

    private static bool IsDemo(string value) =>
        value.Contains(Mark, StringComparison.OrdinalIgnoreCase)
        // Several public keys stand in one setting, separated by commas.
        || value.Split(',').Any(part => DemoKeys.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(part.Trim())))));

    private static string? RefuseNoPassword(IConfiguration configuration)
    {
        var postgres = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("Postgres"));

        if (string.IsNullOrEmpty(postgres.Password) && string.IsNullOrEmpty(postgres.Passfile) && string.IsNullOrEmpty(postgres.SslCertificate))
        {
            return "ConnectionStrings:Postgres holds no password, which is refused in Production; set ConnectionStrings__Postgres";
        }

        if (Uri.TryCreate(configuration["Bus:Uri"], UriKind.Absolute, out var bus) && bus.UserInfo.Split(':', 2) is var account && (account.Length < 2 || account[1] is "" or "guest"))
        {
            return "Bus:Uri holds no password or the one that every RabbitMQ begins with, which is refused in Production; set Bus__Uri";
        }

        return !string.IsNullOrEmpty(configuration["Mail:Username"]) && string.IsNullOrEmpty(configuration["Mail:Password"]) ? Empty("Mail:Password") : null;
    }

    private static string Empty(string name) => $"{name} is empty, which is refused in Production; set {Variable(name)}";

    private static string Variable(string name) => name.Replace(":", "__", StringComparison.Ordinal);
}
