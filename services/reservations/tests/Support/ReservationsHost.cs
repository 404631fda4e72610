using System.Collections.Concurrent;
using Coworking.Hosting.Identity;
using Coworking.Local;
using Coworking.Reservations.Database;
using Coworking.Reservations.Waitlist;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Coworking.Reservations.Tests.Support;

/// <summary>The service in this process, with a database and a virtual host of its own.</summary>
public sealed class ReservationsHost : IAsyncLifetime
{
    private static readonly PlatformKeys Keys = PlatformKeys.Create();
    private static readonly IdentityTokenSigner Signer = new(Keys.SigningKey, TimeProvider.System);

    private readonly string _name = $"reservations_{Guid.CreateVersion7():N}";
    private string _connectionString = "";
    private WebApplicationFactory<Program>? _factory;
    private WebApplicationFactory<Program>? _second;

    internal Client Admin => As(new Caller("admin-key", "key", Roles.Admin, null, EmailVerified: false, []));

    internal Client Reception => As(new Caller("reception", "account", Roles.Reception, "desk@example.com", EmailVerified: true, []));

    internal Client User => As(new Caller("user-key", "key", Roles.User, null, EmailVerified: false, []));

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal Uri Bus { get; private set; } = null!;

    /// <summary>What a process of its own needs to join.</summary>
    internal Dictionary<string, string?> Environment => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ConnectionStrings__Postgres"] = _connectionString + ";Maximum Pool Size=10",
        ["Bus__Uri"] = Bus.ToString(),
        ["Identity__PublicKey"] = Keys.PublicKey,
        ["COWORKING_TEST_SERVERS"] = null,
    };

    /// <summary>More settings of the service; of use before it starts.</summary>
    internal Dictionary<string, string> Settings { get; } = [];

    /// <summary>How many connections the service may open at most; of use before it starts.</summary>
    internal int? MaxConnections { get; set; }

    internal IServiceProvider Services => Factory.Services;

    /// <summary>The links of the offers that were made, by entry of the waitlist; the newest of each. Only the waiter is told them.</summary>
    internal ConcurrentDictionary<Guid, string> OfferLinks { get; } = new();

    private WebApplicationFactory<Program> Factory => _factory ??= Start(Bus);

    public async ValueTask InitializeAsync()
    {
        var (postgres, rabbit) = (await LocalServers.SharedPostgresAsync(), await LocalServers.SharedRabbitAsync());
        await postgres.CreateDatabaseAsync(_name);
        Bus = await rabbit.CreateVirtualHostAsync(_name);
        _connectionString = postgres.ConnectionString(_name, "reservations");
        Database = NpgsqlDataSource.Create(_connectionString + ";Search Path=reservations,public");
        await MigrateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_factory is not null)
        {
            await _factory.DisposeAsync();
        }

        if (_second is not null)
        {
            await _second.DisposeAsync();
        }

        await Database.DisposeAsync();
        await (await LocalServers.SharedPostgresAsync()).DropDatabaseAsync(_name);
        await (await LocalServers.SharedRabbitAsync()).DeleteVirtualHostAsync(_name);
    }

    /// <summary>A trusted client application that talks to another replica on the same database.</summary>
    internal Client UserOfSecondReplica => new(
        (_second ??= Start(Bus)).CreateClient(), Signer.TokenFor(new Caller("user-key", "key", Roles.User, null, EmailVerified: false, [])));

    internal Client As(Caller caller) => new(Factory.CreateClient(), Signer.TokenFor(caller));

    /// <summary>A person who follows a link, with no account.</summary>
    internal HttpClient Browser()
    {
        var browser = Factory.CreateClient();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        return browser;
    }

    /// <summary>A connection without anything that vouches for it, for answers that are no JSON.</summary>
    internal HttpClient Http() => Factory.CreateClient();

    internal Client Nobody() => new(Factory.CreateClient(), token: null);

    /// <summary>Ends the service where it runs; the next use starts it anew, with another bus if one is given.</summary>
    internal async Task RestartAsync(Uri? bus = null)
    {
        if (_factory is not null)
        {
            await _factory.DisposeAsync();
        }

        _factory = Start(bus ?? Bus);
    }

    internal async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    internal async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private WebApplicationFactory<Program> Start(Uri bus) => new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
    {
        host.UseEnvironment("Development")
            .UseSetting("ConnectionStrings:Postgres", MaxConnections is { } most ? $"{_connectionString};Maximum Pool Size={most}" : _connectionString)
            .UseSetting("Bus:Uri", bus.ToString())
            .UseSetting("Logging:LogLevel:Default", "Warning")
            .UseSetting("Identity:PublicKey", Keys.PublicKey)
            .ConfigureTestServices(services => services.AddSingleton<OfferMade>((_, offer, _) =>
            {
                OfferLinks[offer.EntryId] = offer.Link;
                return Task.CompletedTask;
            }));

        foreach (var (name, value) in Settings)
        {
            host.UseSetting(name, value);
        }
    });

    private async Task MigrateAsync()
    {
        var options = new DbContextOptionsBuilder<ReservationsDb>()
            .UseNpgsql(Database, npgsql => npgsql.MigrationsHistoryTable("migrations", ReservationsDb.Schema))
            .Options;
        await using var db = new ReservationsDb(options);
        await db.Database.MigrateAsync();
    }
}
