using Coworking.Gateway.Limits;
using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>The two statements of the gate; the rest of the table's life is EF's.</summary>
internal sealed class KeyStore(NpgsqlDataSource database, GatewayOptions options, TimeProvider clock)
{
    // Two seconds and not Npgsql's thirty: a request waits for this.
    private const int CommandTimeout = 2;

    internal async Task<KeyRow?> FindAsync(KeyHash hash)
    {
        // Expired ones too: they are refused by the clock, and remembered like others.
        await using var command = database.CreateCommand("""
            select k.id, k.role, k.scopes, least(k.expires_at, h.good_until), k.limit_per_minute, k.limit_burst
            from api_key_hashes h join api_keys k on k.id = h.key_id
            where h.key_hash = $1 and k.revoked_at is null and (not k.is_demo or $2)
            """);
        command.CommandTimeout = CommandTimeout;
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash.ToArray() });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = options.AcceptsDemoKeys });
        await using var reader = await command.ExecuteReaderAsync();

        if (!await reader.ReadAsync())
        {
            return null;
        }

        DateTimeOffset? goodUntil = await reader.IsDBNullAsync(3) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(3);
        Rate? limit = await reader.IsDBNullAsync(4) ? null : new Rate(reader.GetInt32(4), reader.GetInt32(5));
        return new KeyRow(reader.GetGuid(0), reader.GetString(1), await reader.GetFieldValueAsync<string[]>(2), goodUntil, limit);
    }

    internal async Task WriteLastUseAsync(List<Guid> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("update api_keys set last_used_at = $2 where id = any($1) and (last_used_at is null or last_used_at < $2)");
        command.Parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = clock.GetUtcNow().UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
