using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Coworking.Reservations.Idempotency;

/// <summary>The answer that a key got, and the request it was for.</summary>
internal sealed record KeptAnswer(byte[] Hash, int Status, string? ContentType, string? Location, string? ETag, byte[] Body)
{
    /// <summary>After a day a key is forgotten: whoever has not asked again by then no longer will.</summary>
    internal static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    private const string Claim = "select pg_try_advisory_xact_lock($1)";

    private const string Find = """
        select request_hash, status, content_type, location, etag, body from idempotency_keys where caller = $1 and route = $2 and key = $3 and created_at > $4
        """;

    // Over what has expired and was not purged yet.
    private const string Insert = """
        insert into idempotency_keys (caller, route, key, request_hash, status, content_type, location, etag, body, created_at)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::int[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::timestamptz[])
        on conflict on constraint idempotency_keys_once_per_caller_and_route do update set request_hash = excluded.request_hash, status = excluded.status,
            content_type = excluded.content_type, location = excluded.location, etag = excluded.etag, body = excluded.body, created_at = excluded.created_at
        """;

    /// <summary>
    /// Takes the key for this transaction and reads what is kept for it, in one round trip. The second statement sees what the one who held the key before
    /// has committed: a lock is let go only after that.
    /// </summary>
    /// <returns>Whether the key is ours, and what is kept.</returns>
    internal static async Task<(bool IsOurs, KeptAnswer? Kept)> ClaimAsync(ReservationsDb db, RequestKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection(), Transaction(db));
        batch.BatchCommands.Add(new(Claim) { Parameters = { new() { Value = key.LockNumber } } });
        batch.BatchCommands.Add(new(Find)
        {
            Parameters = { new() { Value = key.Caller }, new() { Value = key.Route }, new() { Value = key.Key }, new() { Value = now - KeptFor } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var isOurs = reader.GetBoolean(0);
        await reader.NextResultAsync(cancellationToken);
        return (isOurs, await reader.ReadAsync(cancellationToken) ? Read(reader) : null);
    }

    /// <summary>Keeps it with whatever else this transaction commits.</summary>
    internal async Task KeepAsync(ReservationsDb db, RequestKey key, DateTimeOffset now)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection(), Transaction(db)) { BatchCommands = { InsertCommand([(key, this)], now) } };
        // Decided is decided, though the client may have gone.
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Keeps answers of different keys.</summary>
    internal static NpgsqlBatchCommand InsertCommand(IReadOnlyList<(RequestKey Key, KeptAnswer Answer)> made, DateTimeOffset now) => new(Insert)
    {
        Parameters =
        {
            new() { Value = made.Select(one => one.Key.Caller).ToArray() },
            new() { Value = made.Select(one => one.Key.Route).ToArray() },
            new() { Value = made.Select(one => one.Key.Key).ToArray() },
            new() { Value = made.Select(one => one.Answer.Hash).ToArray() },
            new() { Value = made.Select(one => one.Answer.Status).ToArray() },
            new() { Value = made.Select(one => one.Answer.ContentType).ToArray() },
            new() { Value = made.Select(one => one.Answer.Location).ToArray() },
            new() { Value = made.Select(one => one.Answer.ETag).ToArray() },
            new() { Value = made.Select(one => one.Answer.Body).ToArray() },
            new() { Value = made.Select(_ => now).ToArray() },
        },
    };

    private static NpgsqlTransaction Transaction(ReservationsDb db) => (NpgsqlTransaction)db.Database.CurrentTransaction!.GetDbTransaction();

    private static KeptAnswer Read(NpgsqlDataReader reader) => new(
        reader.GetFieldValue<byte[]>(0), reader.GetInt32(1), reader.Text(2), reader.Text(3), reader.Text(4), reader.GetFieldValue<byte[]>(5));
}
