using System.Globalization;
using System.Text;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest;
using Coworking.IotIngest.Maintenance;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.Bench;

/// <summary>P16: what a reading takes on disk.</summary>
internal static class P16
{
    private const int SamplesADay = 10_000;

    private static readonly Goal Goal = new(0.6, 0.4, AtLeast: false);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var readings = options.Pick(100_000, 1_000_000, 10_000_000);
        await using var stage = await Stage.StartAsync(cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, PeerDatabase.RawTable, cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, readings / SamplesADay, cancellationToken);
        await stage.ExecuteAsync("truncate iot.readings, iot.windows", cancellationToken);
        var history = new History(stage, "P16");
        // A whole day of UTC, one partition, that is over.
        var end = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1), TimeSpan.Zero);
        await history.LoadAsync(spaces, SamplesADay, TimeSpan.FromDays(1) / SamplesADay, cancellationToken, end);
        await history.CopyAsync(database, spaces, cancellationToken);
        await history.SettleAsync(database, cancellationToken);
        var running = await SizeAsync(stage, "readings", readings, cancellationToken);
        await CareAsync(stage, cancellationToken);
        var ours = await SizeAsync(stage, "readings", readings, cancellationToken);
        var windows = await SizeAsync(stage, "windows", readings, cancellationToken);
        var raw = (double)await database.CountAsync("select pg_total_relation_size('readings')", cancellationToken) / readings;
        var heap = (double)await database.CountAsync("select pg_relation_size('readings')", cancellationToken) / readings;
        var ratio = ours.Total / raw;
        var line = string.Create(CultureInfo.InvariantCulture, $"ratio {ratio:0.00} ({ratio:0.00}..{ratio:0.00}) must <= {Goal.Must} aim <= {Goal.Aim}");
        var table = new StringBuilder()
            .AppendLine("| bytes per reading | table | indexes | together | : raw row |")
            .AppendLine("|---|---|---|---|---|")
            .AppendLine(Row("ours, single readings of a day that runs", running.Heap, running.Total, raw))
            .AppendLine(Row("ours, single readings of a day that is over", ours.Heap, ours.Total, raw))
            .AppendLine(Row("ours, minute windows of them", windows.Heap, windows.Total, raw))
            .AppendLine(Row("raw row, every metric double precision", heap, raw, raw));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {readings} readings of one day with five metrics in {spaces.Count} spaces, one every {86_400.0 / SamplesADay:0.0} s, taken in by the service in the order of time; then copied in the same
            order into the raw table: space_id uuid, at timestamptz, six metrics double precision, two flags, a B-tree by space and time. Sizes after vacuum, and after the service's own care for a day that is over.
            The ratio is that of single readings of such a day with their index.
            """);
        await Report.PageAsync("P16", "bytes per reading on disk", what, line, table.ToString(), options, cancellationToken);
        return Goal.IsHeld(ratio);
    }

    /// <summary>What the service does every ten minutes, at once.</summary>
    private static async Task CareAsync(Stage stage, CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(stage.Servers.Postgres.ConnectionString("coworking", "postgres") + ";Search Path=iot,public");
        using var care = new StorageCare(
            database, new LeaseStore(database, new ServiceSchema("iot")), Options.Create(new IotIngestOptions()), TimeProvider.System, NullLogger<StorageCare>.Instance);
        await care.RunOnceAsync(cancellationToken);
    }

    /// <summary>All partitions that hold anything.</summary>
    private static async Task<(double Heap, double Total)> SizeAsync(Stage stage, string table, long readings, CancellationToken cancellationToken)
    {
        var parts = $"from pg_inherits i where i.inhparent = 'iot.{table}'::regclass and pg_relation_size(i.inhrelid) > 0";
        var heap = await stage.CountAsync($"select coalesce(sum(pg_relation_size(i.inhrelid)), 0) {parts}", cancellationToken);
        var total = await stage.CountAsync($"select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0) {parts}", cancellationToken);
        return ((double)heap / readings, (double)total / readings);
    }

    private static string Row(string name, double heap, double total, double raw) =>
        string.Create(CultureInfo.InvariantCulture, $"| {name} | {heap:0.0} | {total - heap:0.0} | {total:0.0} | {total / raw:0.00} |");
}
