using Coworking.Hosting.Http;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>GET /iot/spaces/:id/telemetry?minutes=: the minute windows of the last while, a bare array, oldest first.</summary>
internal static class GetTelemetry
{
    private const int MaxRows = 1500;

    internal static async Task<Results<Ok<List<Dictionary<string, object?>>>, ProblemHttpResult>> Handle(
        RouteId id, HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var minutes = QueryValues.WholeNumber(request.Query, "minutes", 1, 1440) ?? 60;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var metrics = string.Join(", ", Metric.All.Select(metric => $"w.{metric.Wire}_sum, w.{metric.Wire}_count, w.{metric.Wire}_min, w.{metric.Wire}_max"));
        await using var command = new NpgsqlCommand($"""
            select w.window_start, w.sample_count, {metrics} from windows w join spaces s on s.key = w.space_key
            where s.id = $1 and w.window_start > $2 order by w.window_start desc limit {MaxRows}
            """, connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = clock.GetUtcNow().UtcDateTime.AddMinutes(-minutes) });
        var rows = new List<Dictionary<string, object?>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Row(id, reader));
        }

        // Newest first from the index, so that the limit cuts the oldest; oldest first for the client.
        rows.Reverse();
        return TypedResults.Ok(rows);
    }

    private static Dictionary<string, object?> Row(Guid space, NpgsqlDataReader reader)
    {
        var start = reader.GetFieldValue<DateTimeOffset>(0);
        var row = new Dictionary<string, object?>
        {
            ["id"] = WindowId.Of(space, start),
            ["spaceId"] = space,
            ["windowStart"] = start,
            ["windowEnd"] = start.AddMinutes(1),
            ["sampleCount"] = reader.GetInt32(1),
        };

        for (var i = 0; i < Metric.Count; i++)
        {
            var metric = Metric.All[i];
            var first = 2 + (4 * i);
            var count = reader.GetInt32(first + 1);
            row[metric.Name + "Avg"] = count == 0 ? null : (double)reader.GetInt64(first) / count / metric.Scale;
            row[metric.Name + "Min"] = count == 0 ? null : metric.Value(reader.GetInt32(first + 2));
            row[metric.Name + "Max"] = count == 0 ? null : metric.Value(reader.GetInt32(first + 3));
        }

        return row;
    }
}

/// <summary>A window has no id of its own; clients want one that stays: made of the space and the minute.</summary>
internal static class WindowId
{
    public static Guid Of(Guid space, DateTimeOffset start)
    {
        Span<byte> bytes = stackalloc byte[16];
        space.TryWriteBytes(bytes, bigEndian: true, out _);
        var minute = (uint)(Micros.Of(start) / Micros.PerMinute);
        var tail = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], tail ^ minute);
        // Version 8: an id of our own making (RFC 9562 5.8).
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
