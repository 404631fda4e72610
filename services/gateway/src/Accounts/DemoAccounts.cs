using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Npgsql;

namespace Coworking.Gateway.Accounts;

/// <summary>The accounts of every demo, verified. Their passwords stand in documentation, so Production neither loads nor accepts them.</summary>
internal static class DemoAccounts
{
    private static readonly (Guid Id, string Email, string Password, string FirstName, string LastName, string Role)[] All =
    [
        (new Guid("0197a3c0-0000-7000-8000-000000000101"), "admin@example.com", "Demo-Admin-1", "Alicia", "Demo", Roles.Admin),
        (new Guid("0197a3c0-0000-7000-8000-000000000102"), "reception@example.com", "Demo-Reception-1", "Rosa", "Demo", Roles.Reception),
        (new Guid("0197a3c0-0000-7000-8000-000000000103"), "technician@example.com", "Demo-Technician-1", "Tomas", "Demo", Roles.Technician),
        (new Guid("0197a3c0-0000-7000-8000-000000000104"), "ana@example.com", "Demo-Ana-1", "Ana", "Demo", Roles.Customer),
        (new Guid("0197a3c0-0000-7000-8000-000000000105"), "carlos@example.com", "Demo-Carlos-1", "Carlos", "Demo", Roles.Customer),
    ];

    /// <summary>Brings them to what they were; leaves alone an address that somebody has registered.</summary>
    internal static async Task LoadAsync(NpgsqlDataSource database, Passwords passwords, TimeProvider clock)
    {
        foreach (var (id, email, password, firstName, lastName, role) in All)
        {
            await using var command = database.CreateCommand("""
                insert into accounts as a (id, email, email_key, password_hash, first_name, last_name, role, email_verified_at, is_demo, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, true, $8, $8)
                on conflict on constraint accounts_email_once do update
                set password_hash = excluded.password_hash, role = excluded.role, email_verified_at = coalesce(a.email_verified_at, excluded.email_verified_at), disabled_at = null
                where a.is_demo
                """);

            foreach (var value in new object[] { id, email, EmailAddress.Key(email), (await passwords.HashAsync(password, CancellationToken.None))!, firstName, lastName, role, clock.GetUtcNow() })
            {
                command.Parameters.Add(new() { Value = value });
            }

            await command.ExecuteNonQueryAsync();
        }
    }
}
