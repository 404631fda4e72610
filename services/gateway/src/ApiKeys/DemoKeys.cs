using Coworking.Gateway.Limits;
using Coworking.Hosting.Identity;
using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>The two keys of every demo. They stand in documentation, so Production neither loads nor accepts them.</summary>
internal static class DemoKeys
{
    private static readonly (Guid Id, string Text, string Role)[] All =
    [
        (new Guid("0197a3c0-0000-7000-8000-000000000001"), "admin-secret-key-123", Roles.Admin),
        (new Guid("0197a3c0-0000-7000-8000-000000000002"), "user-secret-key-456", Roles.User),
    ];

    // Everybody who tries something shares them: pages, scripts and all tests at once. A runaway loop still meets a limit.
    private static readonly Rate Limit = Rate.Of(120_000);

    internal static bool Contains(string? text) => Array.Exists(All, key => key.Text == text);

    internal static async Task LoadAsync(NpgsqlDataSource database, TimeProvider clock)
    {
        foreach (var (id, text, role) in All)
        {
            await using var command = database.CreateCommand("""
                insert into api_keys (id, key_hash, role, label, is_demo, created_at, limit_per_minute, limit_burst) values ($1, $2, $3, $4, true, $5, $6, $7)
                on conflict (key_hash) do update set
                    role = excluded.role, scopes = '{}', is_demo = true, expires_at = null, revoked_at = null,
                    limit_per_minute = excluded.limit_per_minute, limit_burst = excluded.limit_burst
                """);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = KeyHash.Of(text).ToArray() });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"Demo {role}" });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = clock.GetUtcNow().UtcDateTime });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Limit.PerMinute });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Limit.Burst });
            await command.ExecuteNonQueryAsync();
        }
    }
}
