using System.Globalization;
using Coworking.Hosting.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Database;

/// <summary>Rows read by SQL of our own, in one round trip and without tracking.</summary>
internal static class Rows
{
    /// <summary>The row, or null where there is none.</summary>
    internal static async Task<T?> FindAsync<T>(
        this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
        where T : class
    {
        await using var command = database.Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? read(reader) : null;
    }

    /// <summary>The row as the transaction of a context sees it, or null: what a POST answers must be read so, for a key keeps it together with the change.</summary>
    internal static async Task<T?> FindAsync<T>(
        this ReservationsDb db, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
        where T : class
    {
        await db.Database.OpenConnectionAsync(cancellationToken);

        try
        {
            await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection());
            AddValues(command, values);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? read(reader) : null;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    /// <summary>Rows as the transaction of a context sees them.</summary>
    internal static async Task<List<T>> ListAsync<T>(
        this ReservationsDb db, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);

        try
        {
            await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection());
            AddValues(command, values);
            return await ReadAllAsync(command, read, cancellationToken);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    internal static async Task<List<T>> ListAsync<T>(
        this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = database.Command(sql, values);
        return await ReadAllAsync(command, read, cancellationToken);
    }

    /// <summary>A page of a list with the total, which comes with the rows; only past the end it is asked for apart.</summary>
    internal static async Task<Page<T>> PageAsync<T>(
        this NpgsqlDataSource database, ListQuery query, Func<NpgsqlDataReader, T> read, PageRequest page, CancellationToken cancellationToken)
    {
        var (limit, offset) = (query.Values.Length + 1, query.Values.Length + 2);
        // Counting what hangs on a row waits until the page is cut: PostgreSQL puts costly columns after a limit.
        await using var command = database.Command(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select {query.Columns}, count(*) over () from {query.From} order by {query.Order} limit ${limit} offset ${offset}"),
            [.. query.Values, (long)page.Size, page.Offset]);
        var rows = new List<T>(page.Size);
        var total = 0L;

        // Closed once and before anything else is asked: Npgsql gives the same reader to whoever has the connection next.
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
                total = reader.GetInt64(reader.FieldCount - 1);
            }
        }

        if (rows.Count == 0 && page.Number > 1)
        {
            await using var count = database.Command($"select count(*) from {query.From}", query.Values);
            total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        }

        return page.Of(rows, total);
    }

    /// <summary>A statement that answers no rows; how many it touched.</summary>
    internal static async Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = database.Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The same within the transaction of a context, if it has one.</summary>
    internal static async Task<int> ExecuteAsync(this ReservationsDb db, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);

        try
        {
            await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection());
            AddValues(command, values);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    internal static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    internal static T? Value<T>(this NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    internal static DateTimeOffset Instant(this NpgsqlDataReader reader, int column) => new(reader.GetDateTime(column));

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static NpgsqlCommand Command(this NpgsqlDataSource database, string sql, object[] values)
    {
        var command = database.CreateCommand(sql);
        AddValues(command, values);
        return command;
    }

    private static void AddValues(NpgsqlCommand command, object[] values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }
    }
}

/// <summary>The parts of a list in SQL, all of them texts of our own; what clients say comes as values.</summary>
/// <param name="Columns">What each row shows.</param>
/// <param name="From">Tables and conditions.</param>
/// <param name="Order">A total order, or pages would overlap.</param>
/// <param name="Values">Values of $1, $2, ….</param>
internal sealed record ListQuery(string Columns, string From, string Order, params object[] Values);
