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

    private const string TakeFree = "select no from unnest($1) with ordinality as c (lock_number, no) where pg_try_advisory_xact_lock(lock_number)";

    // Like the procedure: the look comes after the lock. By limit it stays a look for each, however small the table is when that is planned.
    private const string FindKept = """
        select no from unnest($1, $2, $3) with ordinality as c (caller, route, key, no)
        where (select true from idempotency_keys k where k.caller = c.caller and k.route = c.route and k.key = c.key and k.created_at > $4 limit 1)
        """;

    /// <summary>Two requests of one number are the same, or merely wait for each other.</summary>
    internal long LockNumber { get; } = key.LockNumber;

    /// <summary>Of this request; null where it carries no key.</summary>
    internal static KeyClaim? Of(HttpContext context, DateTimeOffset now) => context.Features.Get<RequestKey>() is { } key ? new KeyClaim(key, now) : null;

    /// <summary>The key was not ours.</summary>
    internal static bool IsRefused(PostgresException e) => e.SqlState is Held or Kept;

    /// <summary>Goes before everything that waits or writes.</summary>
    internal void Ask(NpgsqlBatch batch) => batch.BatchCommands.Add(new("call claim_idempotency_key($1, $2, $3, $4, $5)")
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = LockNumber },
            Text(key.Caller),
            Text(key.Route),
            Text(key.Key),
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now - KeptAnswer.KeptFor },
        },
    });

    /// <summary>The same for several, of which one that is refused stops none of the others. To be read by <see cref="ReadTakenAsync"/>.</summary>
    internal static void Ask(NpgsqlBatch batch, IReadOnlyList<KeyClaim> claims, DateTimeOffset now)
    {
        batch.BatchCommands.Add(new(TakeFree) { Parameters = { new() { Value = claims.Select(one => one.LockNumber).ToArray() } } });
        batch.BatchCommands.Add(new(FindKept)
        {
            Parameters =
            {
                new() { Value = claims.Select(one => one.Key.Caller).ToArray() },
                new() { Value = claims.Select(one => one.Key.Route).ToArray() },
                new() { Value = claims.Select(one => one.Key.Key).ToArray() },
                new() { Value = now - KeptAnswer.KeptFor },
            },
        });
    }

    /// <summary>Which of several are ours, and leaves the reader behind what was asked.</summary>
    internal static async Task<HashSet<KeyClaim>> ReadTakenAsync(NpgsqlDataReader reader, IReadOnlyList<KeyClaim> claims, CancellationToken cancellationToken)
    {
        var taken = new HashSet<KeyClaim>();

        while (await reader.ReadAsync(cancellationToken))
        {
            taken.Add(claims[(int)reader.GetInt64(0) - 1]);
        }

        await reader.NextResultAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            taken.Remove(claims[(int)reader.GetInt64(0) - 1]);
        }

        await reader.NextResultAsync(cancellationToken);
        return taken;
    }

    /// <summary>Keeps JSON answers with what this transaction commits.</summary>
    internal static void Keep(LastWord last, IReadOnlyList<(KeyClaim Claim, Answer Answer)> given, DateTimeOffset now) => last.Add(KeptAnswer.InsertCommand(
        [.. given.Select(one => (one.Claim.Key, new KeptAnswer(
            one.Claim.Key.Hash, one.Answer.Status, "application/json; charset=utf-8", one.Answer.Location, one.Answer.ETag, one.Answer.Body)))],
        now));

    private RequestKey Key => key;

    // The procedure is found by the types of what it is given.
    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>What a request is answered, and again whenever its key comes again.</summary>
    internal sealed record Answer(int Status, string Location, string ETag, byte[] Body);
}
