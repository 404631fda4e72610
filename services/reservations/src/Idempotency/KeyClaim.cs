using Coworking.Reservations.Database;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.Reservations.Idempotency;

/// <summary>
/// A key that a handler takes with the first question of its own transaction and whose answer it commits with its own rows, where
/// <see cref="DoneOnce"/> would ask apart, in a transaction around it. Where the key is taken the question fails, and DoneOnce answers.
/// </summary>
internal sealed class KeyClaim(RequestKey key, DateTimeOffset now)
{
    /// <summary>Marks a route whose handler takes its key itself: <see cref="Of"/>.</summary>
    internal sealed record Here;

    private const string Held = "CW001";
    private const string Kept = "CW002";

    /// <summary>Of this request; null where it carries no key.</summary>
    internal static KeyClaim? Of(HttpContext context, DateTimeOffset now) => context.Features.Get<RequestKey>() is { } key ? new KeyClaim(key, now) : null;

    /// <summary>The key was not ours.</summary>
    internal static bool IsRefused(PostgresException e) => e.SqlState is Held or Kept;

    /// <summary>Goes before everything that waits or writes.</summary>
    internal void Ask(NpgsqlBatch batch) => batch.BatchCommands.Add(new("call claim_idempotency_key($1, $2, $3, $4, $5)")
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = key.LockNumber },
            Text(key.Caller),
            Text(key.Route),
            Text(key.Key),
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now - KeptAnswer.KeptFor },
        },
    });

    /// <summary>Keeps a JSON answer with what this transaction commits.</summary>
    internal void Keep(List<NpgsqlBatchCommand> commands, int status, string location, string etag, byte[] body) =>
        commands.Add(new KeptAnswer(key.Hash, status, "application/json; charset=utf-8", location, etag, body).InsertCommand(key, now));

    // The procedure is found by the types of what it is given.
    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };
}
