using Npgsql;

namespace Coworking.IotIngest.Windows;

/// <summary>A space as a series needs it: its key, its zone, and until when its hours are final.</summary>
internal sealed record SeriesSpace(int Key, Guid Id, string Name, string Timezone, DateTimeOffset HoursUntil)
{
    public static async Task<SeriesSpace?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select s.key, s.id, s.name, s.timezone, r.hours_until from spaces s cross join rollup_watermark r where s.id = $1 and not s.removed", connection);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SeriesSpace(reader.GetInt32(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4))
            : null;
    }

    /// <summary>The local day on which an instant falls.</summary>
    public async Task<DateOnly> DayAsync(NpgsqlConnection connection, DateTimeOffset instant, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select local_day($1, $2)", connection);
        command.Parameters.Add(new() { Value = instant.ToUniversalTime() });
        command.Parameters.Add(new() { Value = Timezone });
        return await command.ExecuteScalarAsync(cancellationToken) is DateOnly day ? day : DateOnly.MinValue;
    }

    /// <summary>The starts of these local days, and the end of the last.</summary>
    public async Task<DateTimeOffset[]> DayStartsAsync(NpgsqlConnection connection, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select day_start($1::date + n, $2) from generate_series(0, $3) n order by n", connection);
        command.Parameters.Add(new() { Value = first });
        command.Parameters.Add(new() { Value = Timezone });
        command.Parameters.Add(new() { Value = last.DayNumber - first.DayNumber + 1 });
        var starts = new List<DateTimeOffset>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            starts.Add(reader.GetFieldValue<DateTimeOffset>(0));
        }

        return [.. starts];
    }
}
