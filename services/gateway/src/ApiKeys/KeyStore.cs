using Npgsql;

namespace Coworking.Gateway.ApiKeys;

/// <summary>The two statements of the gate; the rest of the table's life is EF's.</summary>
internal sealed class KeyStore(NpgsqlDataSource database, GatewayOptions options, TimeProvider clock)
{
    // Two seconds and not Npgsql's thirty: a request waits for this.
    private const int CommandTimeout = 2;

    internal async Task<KnownKey?> FindAsync(KeyHash hash)
    {
        await using var command = database.CreateCommand(
            "select id, role, scopes, expires_at from api_keys where key_hash = $1 and revoked_at is null and (not is_demo or $2)");
        command.CommandTimeout = CommandTimeout;
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash.ToArray() });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = options.AcceptsDemoKeys });
        await using var reader = await command.ExecuteReaderAsync();

        if (!await reader.ReadAsync())
        {
            return null;
        }

        DateTimeOffset? expiresAt = await reader.IsDBNullAsync(3) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(3);
        return new KnownKey(reader.GetGuid(0), reader.GetString(1), await reader.GetFieldValueAsync<string[]>(2), expiresAt);
    }

    internal async Task WriteLastUseAsync(List<Guid> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("update api_keys set last_used_at = $2 where id = any($1) and (last_used_at is null or last_used_at < $2)");
        command.Parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = clock.GetUtcNow().UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
