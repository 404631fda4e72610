using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;
using Npgsql;

namespace Coworking.Faults;

/// <summary>R20: the database of a platform at work is dumped and restored elsewhere; every table is the same, and the platform runs on it.</summary>
internal static class DumpRestore
{
    private const string Restored = "coworking_restored";
    private const int Requests = 100;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (devices, rate, seconds) = options.Small ? (100, 400, 10) : (500, 2000, 60);
        var run = new FaultRun("R20", "dump and restore of a platform at work", options);
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { Demo = true });
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, new Workload(spaces, TimeProvider.System.GetUtcNow().AddHours(-24), Spacing), rate, cancellationToken);
        await using var clients = await RollingLoad.StartAsync(stage, [stage.Platform.Gateway], Requests, cancellationToken);
        run.Say($"{rate} messages/s and 100 requests/s for {seconds} s, then the dump in the middle of it");
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);

        var file = Path.Combine(Path.GetTempPath(), $"coworking-{Guid.CreateVersion7():N}.dump");

        try
        {
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            var before = await DumpAsync(stage, file, cancellationToken);
            var dumped = Stopwatch.GetElapsedTime(began).TotalSeconds;
            run.Say($"dumped {before.Count} tables, {new FileInfo(file).Length / 1024 / 1024} MiB");
            _ = await fleet.StopAsync();
            var (_, failed, _) = await clients.StopAsync();
            var restoring = Stopwatch.GetTimestamp();
            await stage.Servers.Postgres.CreateDatabaseAsync(Restored, cancellationToken);
            await ToolAsync("pg_restore", stage, ["--exit-on-error", "--clean", "--if-exists", "--dbname", Restored, file], cancellationToken);
            var restored = Stopwatch.GetElapsedTime(restoring).TotalSeconds;
            var after = await SumsAsync(stage, Restored, snapshot: null, cancellationToken);
            run.Add(new Fault("dump, restore", at, dumped, restored, restored));
            var differing = before.Keys.Union(after.Keys).Where(table => before.GetValueOrDefault(table) != after.GetValueOrDefault(table)).ToList();
            run.Say($"restored {after.Count} tables, of which {differing.Count} differ");
            await ServesAsync(stage, cancellationToken);
            run.Say("the platform runs on it");
            var verdict = new Verdict(
            [
                new Check("tables", before.Count, after.Count, differing.Count, 0),
                new Check("rows", before.Values.Sum(sum => sum.Rows), after.Values.Sum(sum => sum.Rows), 0, 0),
                new Check($"tables whose checksums differ{string.Concat(differing.Take(3).Select(name => ", " + name))}", 0, differing.Count, differing.Count, 0),
                new Check($"requests that failed while it was dumped{(clients.Examples is { } examples ? $", namely {examples}" : "")}", 0, failed, failed, 0),
            ]);
            var what = string.Create(CultureInfo.InvariantCulture, $"""
                {devices} devices send {rate} messages/s and clients 100 requests/s when `pg_dump -Fc` begins, on a snapshot on which the sum over every row of every table is made, too. The file is restored into a
                new database (`pg_restore --clean --if-exists`), the sums are compared, and the three services start on it: migrated, ready, and answering what was booked. "Ready after" is the time of the dump, "first fresh reading" that of the restore.
                """);
            return await run.ConcludeAsync(verdict, what, fault => fault.First, limit: null, cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Dumps a snapshot; the result are the sums of the very same.</summary>
    private static async Task<Dictionary<string, (long Rows, decimal Sum)>> DumpAsync(Stage stage, string file, CancellationToken cancellationToken)
    {
        await using var connection = await stage.Database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", connection);
        var snapshot = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        await ToolAsync("pg_dump", stage, ["-Fc", "--snapshot", snapshot, "--file", file, "coworking"], cancellationToken);
        return await SumsAsync(stage, "coworking", snapshot, cancellationToken);
    }

    private static async Task<Dictionary<string, (long Rows, decimal Sum)>> SumsAsync(Stage stage, string database, string? snapshot, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(stage.Servers.Postgres.ConnectionString(database, "postgres") + ";Command Timeout=300;Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);

        if (snapshot is not null)
        {
            await using var import = new NpgsqlCommand($"set transaction snapshot '{snapshot}'", connection);
            await import.ExecuteNonQueryAsync(cancellationToken);
        }

        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('gateway', 'reservations', 'iot') order by 1", connection))
        await using (var reader = await list.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(reader.GetString(0));
            }
        }

        var sums = new Dictionary<string, (long, decimal)>();

        foreach (var table in tables)
        {
            // Independent of the order of rows, which a restore may change. Only: a parent counts what its partitions hold elsewhere.
            await using var sum = new NpgsqlCommand($"select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from only {table} t", connection);
            await using var reader = await sum.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            sums[table] = (reader.GetInt64(0), reader.GetDecimal(1));
        }

        return sums;
    }

    /// <summary>The three services on the restored database, after those on the old one have ended.</summary>
    private static async Task ServesAsync(Stage stage, CancellationToken cancellationToken)
    {
        foreach (var process in new[] { stage.Platform.GatewayProcess, stage.Platform.ReservationsProcess, stage.Platform.IotIngestProcess })
        {
            await process.TerminateAsync(cancellationToken: cancellationToken);
        }

        await using var platform = await Platform.StartAsync(
            new PlatformOptions { Postgres = stage.Servers.Postgres, Bus = stage.Servers.Rabbit.Uri(), Mosquitto = stage.Servers.Mosquitto, Database = Restored }, cancellationToken);
        using var http = new HttpClient { BaseAddress = platform.Gateway };
        http.DefaultRequestHeaders.Add("x-api-key", RollingLoad.Key);
        using var answer = await http.GetAsync(new Uri("/api/v1/bookings?pageSize=1", UriKind.Relative), cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task ToolAsync(string tool, Stage stage, string[] words, CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnectionStringBuilder(stage.Servers.Postgres.ConnectionString("postgres", "postgres"));
        var start = new ProcessStartInfo(tool) { UseShellExecute = false, RedirectStandardError = true };

        foreach (var word in (string[])["--host", server.Host!, "--port", server.Port.ToString(CultureInfo.InvariantCulture), "--username", "postgres", .. words])
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["PGPASSWORD"] = server.Password;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"No process for {tool}");
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{tool} ended with {process.ExitCode}: {errors}");
        }
    }
}
