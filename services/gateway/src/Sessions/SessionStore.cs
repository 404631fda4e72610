using Coworking.Hosting.Identity;
using Npgsql;

namespace Coworking.Gateway.Sessions;

/// <summary>The two questions of the gate about sessions; the rest of their life is EF's.</summary>
internal sealed class SessionStore(NpgsqlDataSource database, GatewayOptions options, TimeProvider clock)
{
    /// <summary>Kind of a caller who is an account.</summary>
    internal const string Kind = "account";

    // Two seconds and not Npgsql's thirty: a request waits for this.
    private const int CommandTimeout = 2;

    /// <summary>Who is behind a session; null where it has ended or its account may not come in.</summary>
    internal async Task<Caller?> FindAsync(Guid sessionId)
    {
        await using var command = database.CreateCommand("""
            select a.id, a.role, a.email, a.email_verified_at is not null from sessions s join accounts a on a.id = s.account_id
            where s.id = $1 and s.ended_at is null and a.disabled_at is null and (not a.is_demo or $2)
            """);
        command.CommandTimeout = CommandTimeout;
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = sessionId });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = options.AcceptsDemoKeys });
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new Caller(reader.GetGuid(0).ToString(), Kind, reader.GetString(1), await reader.IsDBNullAsync(2) ? null : reader.GetString(2), reader.GetBoolean(3), [])
            : null;
    }

    /// <summary>The session of a ticket, which is worth nothing from then on: whoever deletes it has used it.</summary>
    internal async Task<Guid?> TakeTicketAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("delete from stream_tickets where ticket_hash = $1 returning session_id, expires_at");
        command.CommandTimeout = CommandTimeout;
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && reader.GetFieldValue<DateTimeOffset>(1) > clock.GetUtcNow() ? reader.GetGuid(0) : null;
    }
}
