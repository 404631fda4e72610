namespace Coworking.Gateway.Accounts;

/// <summary>Settings of the section Accounts.</summary>
/// <param name="PublicUrl">Accounts:PublicUrl, the gateway as clients reach it; begins the links in mails. In Production it must be given.</param>
/// <param name="PasswordIterations">Accounts:PasswordIterations of PBKDF2 with HMAC-SHA-512; what OWASP asks for (2023). Older hashes are made anew at the next sign-in.</param>
/// <param name="HashesAtOnce">Accounts:HashesAtOnce; each takes a core for a tenth of a second, and the others are for the requests that pass.</param>
internal sealed record AccountOptions(string PublicUrl, int PasswordIterations, int HashesAtOnce)
{
    private const int MinIterations = 1_000;
    private const int MinIterationsInProduction = 100_000;

    internal static AccountOptions Of(WebApplicationBuilder builder) => new(
        (builder.Configuration["Accounts:PublicUrl"] is { Length: > 0 } url ? url : "http://localhost:8080").TrimEnd('/'),
        builder.Configuration.GetValue("Accounts:PasswordIterations", 210_000),
        builder.Configuration.GetValue("Accounts:HashesAtOnce", Math.Max(1, Environment.ProcessorCount / 2)));

    /// <summary>One line that names the setting at fault; null where all is well.</summary>
    internal static string? Refuse(WebApplicationBuilder builder)
    {
        try
        {
            var options = Of(builder);
            var least = builder.Environment.IsProduction() ? MinIterationsInProduction : MinIterations;
            return !Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") ? "Accounts:PublicUrl is no http URL"
                : options.PasswordIterations < least || options.PasswordIterations > 10_000_000 ? $"Accounts:PasswordIterations must be from {least} to 10000000"
                : options.HashesAtOnce is < 1 or > 64 ? "Accounts:HashesAtOnce must be from 1 to 64"
                : null;
        }
        catch (InvalidOperationException)
        {
            return "Accounts:PasswordIterations and Accounts:HashesAtOnce must be whole numbers";
        }
    }
}
