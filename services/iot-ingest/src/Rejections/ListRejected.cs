using Coworking.Hosting.Http;
using Coworking.IotIngest.Readings;
using Npgsql;

namespace Coworking.IotIngest.Rejections;

/// <summary>GET /iot/rejected: what was not taken in the last days and why, the newest first.</summary>
internal static class ListRejected
{
    internal sealed record Row(long Id, DateTimeOffset ReceivedAt, string Topic, string Reason, string Detail, string Payload);

    internal static async Task<Page<Row>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var reason = QueryValues.Word(request.Query, "reason", Rejection.Reasons);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var count = new NpgsqlCommand("select count(*) from rejected_readings where $1::text is null or reason = $1", connection);
        count.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reason });
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand("""
            select id, received_at, topic, reason, detail, payload from rejected_readings where $1::text is null or reason = $1
            order by id desc limit $2 offset $3
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reason });
        command.Parameters.Add(new() { Value = page.Size });
        command.Parameters.Add(new() { Value = page.Offset });
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
}
