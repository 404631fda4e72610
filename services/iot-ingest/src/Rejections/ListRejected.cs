using Coworking.Hosting.Http;
using Coworking.IotIngest.Readings;
using Npgsql;

namespace Coworking.IotIngest.Rejections;

/// <summary>GET /iot/rejected: what was not taken in the last days and why, the newest first.</summary>
internal static class ListRejected
{
    // Nobody pages through more; counting all of what a wrongly set up fleet sends would cost every question a scan.
    private const int MostCounted = 10_000;

    internal sealed record Row(long Id, DateTimeOffset ReceivedAt, string Topic, string Reason, string Detail, string Payload);

    internal static async Task<Page<Row>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var reason = QueryValues.Word(request.Query, "reason", Rejection.Reasons);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var count = Count(connection, reason);
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = Newest(connection, reason, page.Size, page.Offset);
        var rows = new List<Row>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            // Devices send text; what is none shows as replacement characters rather than as nothing.
            var payload = System.Text.Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(5));
            rows.Add(new Row(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), payload));
        }

        return page.Of(rows, total);
    }

    /// <summary>How many there are, and no more than are counted.</summary>
    internal static NpgsqlCommand Count(NpgsqlConnection connection, string? reason)
    {
        var command = new NpgsqlCommand($"select count(*) from (select from rejected_readings {Where(reason, 1)} limit {MostCounted}) r", connection);
        Add(command, reason);
        return command;
    }

    internal static NpgsqlCommand Newest(NpgsqlConnection connection, string? reason, int size, long offset)
    {
        var command = new NpgsqlCommand(
            $"select id, received_at, topic, reason, detail, payload from rejected_readings {Where(reason, 3)} order by id desc limit $1 offset $2", connection);
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = offset });
        Add(command, reason);
        return command;
    }

    // Two statements rather than one that asks whether there is a reason: the plan of that one can use no index.
    private static string Where(string? reason, int parameter) => reason is null ? "" : $"where reason = ${parameter}";

    private static void Add(NpgsqlCommand command, string? reason)
    {
        if (reason is not null)
        {
            command.Parameters.Add(new() { Value = reason });
        }
    }
}
