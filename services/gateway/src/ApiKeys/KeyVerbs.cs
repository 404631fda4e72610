using Coworking.Gateway.Database;
using Coworking.Hosting.Identity;
using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>What can be done about keys from the command line.</summary>
internal static class KeyVerbs
{
    internal static IReadOnlyDictionary<string, Func<IServiceProvider, Task>> All { get; } = new Dictionary<string, Func<IServiceProvider, Task>>
    {
        ["demo"] = services => DemoKeys.LoadAsync(services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<TimeProvider>()),
        ["admin-key"] = CreateAdminKeyAsync,
    };

    /// <summary>Prints a new ADMIN key: the way into an empty Production, where no key exists that could make the first.</summary>
    private static async Task CreateAdminKeyAsync(IServiceProvider services)
    {
        var db = services.GetRequiredService<GatewayDb>();
        var (key, text) = ApiKey.Create(Roles.Admin, new KeyFields("Made at the command line", Scopes: null, ExpiresAt: null, Limit: null), text: null, services.GetRequiredService<TimeProvider>().GetUtcNow());
        db.ApiKeys.Add(key);
        await db.SaveChangesAsync();
        await Console.Out.WriteLineAsync(text);
    }
}
