using System.Diagnostics;
using Coworking.Bench;
using Coworking.Local;
using Npgsql;

namespace Coworking.Faults;

/// <summary>How long after a fault the readings of spaces go on. Steady devices: whatever is newer than all that was stored before has been taken since.</summary>
internal sealed class Recovery
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Stage _stage;
    private readonly int _firstKey;
    private readonly int _lastKey;
    private readonly int _spaces;

    private Recovery(Stage stage, int firstKey, int lastKey, int spaces) => (_stage, _firstKey, _lastKey, _spaces) = (stage, firstKey, lastKey, spaces);

    /// <param name="stage">Where they are.</param>
    /// <param name="spaces">Registered together, and all of them sending.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Recovery> OfAsync(Stage stage, IReadOnlyList<BenchSpace> spaces, CancellationToken cancellationToken)
    {
        var ids = spaces.Select(space => space.Id).ToArray();
        var first = await stage.CountAsync("select min(key) from iot.spaces where id = any($1)", cancellationToken, ids);
        var last = await stage.CountAsync("select max(key) from iot.spaces where id = any($1)", cancellationToken, ids);
        return new Recovery(stage, (int)first, (int)last, spaces.Count);
    }

    /// <summary>Until every space has said something after that instant of device time.</summary>
    public Task AllSinceAsync(DateTime mark, CancellationToken cancellationToken) =>
        Wait.UntilAsync(async () => (await SinceAsync(mark, cancellationToken)) == _spaces, Limit, $"readings of all {_spaces} spaces go on", cancellationToken);

    /// <summary>Device time of the newest reading.</summary>
    public async Task<DateTime> NewestAsync(CancellationToken cancellationToken)
    {
        await using var command = Command("select max(latest_at) from iot.space_states where space_key between $1 and $2");
        return await command.ExecuteScalarAsync(cancellationToken) as DateTime? ?? throw new InvalidOperationException("No reading has been stored");
    }

    /// <summary>Seconds from now until the first fresh reading and until every space has one.</summary>
    public async Task<(double First, double All)> MeasureAsync(DateTime mark, long since, CancellationToken cancellationToken)
    {
        double? first = null;
        await Wait.UntilAsync(
            async () =>
            {
                var fresh = await SinceAsync(mark, cancellationToken);
                first ??= fresh > 0 ? Stopwatch.GetElapsedTime(since).TotalSeconds : null;
                return fresh == _spaces;
            },
            Limit,
            $"readings of all {_spaces} spaces go on",
            cancellationToken);
        return (first!.Value, Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    private async Task<long> SinceAsync(DateTime mark, CancellationToken cancellationToken)
    {
        await using var command = Command("select count(*) from iot.space_states where space_key between $1 and $2 and latest_at > $3");
        command.Parameters.Add(new() { Value = mark });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = _stage.Database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = _firstKey });
        command.Parameters.Add(new() { Value = _lastKey });
        return command;
    }
}
