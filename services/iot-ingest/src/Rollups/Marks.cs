using Npgsql;

namespace Coworking.IotIngest.Rollups;

/// <summary>Marks that batches left on hours that had ended, as they were when they were read; by space and hour.</summary>
internal sealed class Marks
{
    internal static readonly Marks None = new();

    private readonly List<int> _spaces = [];
    private readonly List<DateTime> _hours = [];
    private readonly List<string> _versions = [];

    private Marks()
    {
    }

    internal int Count => _hours.Count;

    /// <summary>Reads those that follow. Nothing is locked: batches go on marking.</summary>
    internal static async Task<Marks> ReadAsync(NpgsqlConnection connection, Marks before, int most, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select space_key, hour, xmin::text from rollup_dirty where (space_key, hour) > ($1, $2) order by space_key, hour limit $3", connection);
        command.Parameters.Add(new() { Value = before.Count == 0 ? int.MinValue : before._spaces[^1] });
        command.Parameters.Add(new() { Value = before.Count == 0 ? DateTime.UnixEpoch : before._hours[^1] });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var marks = new Marks();

        while (await reader.ReadAsync(cancellationToken))
        {
            marks._spaces.Add(reader.GetInt32(0));
            marks._hours.Add(reader.GetDateTime(1));
            marks._versions.Add(reader.GetString(2));
        }

        return marks;
    }

    /// <summary>Those of hours that began before.</summary>
    internal (int[] Spaces, DateTime[] Hours) Until(DateTime watermark)
    {
        var ended = Enumerable.Range(0, Count).Where(at => _hours[at] < watermark).ToArray();
        return (Array.ConvertAll(ended, at => _spaces[at]), Array.ConvertAll(ended, at => _hours[at]));
    }

    /// <summary>
    /// Takes away those that nobody has touched since they were read, by the transaction that wrote them. One that a batch holds is left: this never waits
    /// for a batch, and makes nobody's deadlock.
    /// </summary>
    internal async Task RemoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with taken as (
                select d.space_key, d.hour from rollup_dirty d join unnest($1::int[], $2::timestamptz[], $3::text[]) as m (space_key, hour, version)
                    on d.space_key = m.space_key and d.hour = m.hour and d.xmin::text = m.version
                for update of d skip locked)
            delete from rollup_dirty d using taken t where d.space_key = t.space_key and d.hour = t.hour
            """,
            connection);
        command.Parameters.Add(new() { Value = _spaces.ToArray() });
        command.Parameters.Add(new() { Value = _hours.ToArray() });
        command.Parameters.Add(new() { Value = _versions.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
