using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Hosting;
using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Gateway.Accounts;

/// <summary>What can be done about accounts from the command line.</summary>
internal static class AccountVerbs
{
    internal const string Verb = "account";

    internal const string Create = "create";

    internal const string Usage = "account create --email EMAIL [--role ADMIN] [--first-name NAME] [--last-name NAME], with the password on standard input";

    internal static Task LoadDemoAsync(IServiceProvider services) => DemoAccounts.LoadAsync(
        services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Passwords>(), services.GetRequiredService<TimeProvider>());

    /// <summary>
    /// Makes an account of any role, its e-mail taken as verified: the way into an empty Production, where no ADMIN exists that could make the first.
    /// The password comes from standard input, for a command line is seen by everybody on the machine.
    /// </summary>
    internal static async Task CreateAsync(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IConfiguration>();
        var fields = new Fields();
        var email = fields.Email(settings["email"]);
        var role = settings["role"] ?? AccountRoles.All[0];
        fields.Require(AccountRoles.All.Contains(role), "role", $"--role must be one of {string.Join(", ", AccountRoles.All)}");
        var (first, last) = (fields.Name("first-name", settings["first-name"] ?? "First", AccountFields.MaxName), fields.Name("last-name", settings["last-name"] ?? role, AccountFields.MaxName));

        if (fields.Refusal is { } refusal)
        {
            throw new VerbRefusedException($"{refusal.Message}\n{Usage}");
        }

        var password = await Console.In.ReadLineAsync();

        if (!Passwords.IsStrong(password))
        {
            throw new VerbRefusedException($"The password on standard input {Passwords.Rule}");
        }

        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var hash = await services.GetRequiredService<Passwords>().HashAsync(password!, CancellationToken.None);
        var account = Account.Register(email, hash!, first, last, phoneNumber: null, role, now);
        account.VerifyEmail(now);
        var db = services.GetRequiredService<GatewayDb>();
        db.Accounts.Add(account);

        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException e) when (e.Violates(AccountTable.EmailOnce))
        {
            throw new VerbRefusedException($"{AccountRefusals.Exists.Message}; an ADMIN key (verb admin-key) gives it another role by PATCH /api/v1/accounts/:id");
        }

        await Console.Out.WriteLineAsync(account.Id.ToString());
    }
}
