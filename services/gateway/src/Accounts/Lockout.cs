using Npgsql;

namespace Coworking.Gateway.Accounts;

/// <summary>
/// Five wrong passwords in a quarter of an hour shut an e-mail for the address that they came from, and fifty shut that address; others, and the owner elsewhere, stay free.
/// Counted in the database, for all gateways together, and for e-mails that nobody has too.
/// </summary>
internal sealed class Lockout(NpgsqlDataSource database, TimeProvider clock)
{
    internal const int PerAccount = 5;

    /// <summary>A whole building may share one address.</summary>
    internal const int PerAddress = 50;

    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    // The fifth (fiftieth) newest failure: while it is in the window, so are all that came after it.
    private static readonly string CheckSql = $"""
        select greatest(
            (select failed_at from login_failures where address = $2 and email_key = $1 and failed_at > $3 order by failed_at desc offset {PerAccount - 1} limit 1),
            (select failed_at from login_failures where address = $2 and failed_at > $3 order by failed_at desc offset {PerAddress - 1} limit 1))
        """;

    /// <summary>How long nobody may try; null where one may. Asked before the password is hashed, so that whoever is shut out costs nothing.</summary>
    internal async Task<TimeSpan?> ShutAsync(string emailKey, string address, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await CheckAsync(connection, emailKey, address, cancellationToken);
    }

    /// <summary>
    /// Counts what became of a try. Null: it stands. Else it does not, right or wrong: of many that were sent at once those count that were judged first, so that nobody gets a sixth guess by haste.
    /// </summary>
    internal async Task<TimeSpan?> SettleAsync(string emailKey, string address, bool isRight, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var turn = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 0))", connection) { Parameters = { new() { Value = $"login {address}" } } })
        {
            await turn.ExecuteNonQueryAsync(cancellationToken);
        }

        if (await CheckAsync(connection, emailKey, address, cancellationToken) is { } shut)
        {
            return shut;
        }

        await using var note = new NpgsqlCommand(
            isRight ? "delete from login_failures where email_key = $1 and address = $2 and failed_at <= $3" : "insert into login_failures (email_key, address, failed_at) values ($1, $2, $3)", connection);
        note.Parameters.Add(new() { Value = emailKey });
        note.Parameters.Add(new() { Value = address });
        note.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await note.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    /// <summary>Where a request comes from. Of IPv6 the network: a house has 2^64 addresses of its own.</summary>
    internal static string AddressOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return "";
        }

        if (address.IsIPv4MappedToIPv6 || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new System.Net.IPAddress(bytes)}/64";
    }

    /// <summary>The answer to who is shut out.</summary>
    internal static IResult Answer(HttpContext context, TimeSpan shut)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(shut.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return AccountRefusals.Locked.ToProblem();
    }

    private async Task<TimeSpan?> CheckAsync(NpgsqlConnection connection, string emailKey, string address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var check = new NpgsqlCommand(CheckSql, connection);
        check.Parameters.Add(new() { Value = emailKey });
        check.Parameters.Add(new() { Value = address });
        check.Parameters.Add(new() { Value = now - Window });
        return await check.ExecuteScalarAsync(cancellationToken) is DateTime last ? last + Window - now.UtcDateTime : null;
    }
}
