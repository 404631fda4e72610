using System.Diagnostics;
using System.Globalization;
using Coworking.Local;
using Npgsql;

namespace Coworking.Faults.Databases;

/// <summary>A disk in memory for the platform's tables, which can be filled to its last byte; PostgreSQL's log lies elsewhere and goes on.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int MiB = 400;

    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    private string Filler => Path.Combine(_path, "filler");

    /// <summary>Null where nobody lets us mount one.</summary>
    public static async Task<SmallDisk?> TryMountAsync(CancellationToken cancellationToken)
    {
        var path = Directory.CreateTempSubdirectory("coworking-disk-").FullName;

        // The server's own account keeps its tables there; as anybody but root the server is ours, and nothing can be mounted.
        if (await RunAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={MiB}m,mode=0755"), "tmpfs", path], cancellationToken)
            && await RunAsync("install", ["-d", "-o", "postgres", "-m", "0700", Path.Combine(path, "tables")], cancellationToken))
        {
            return new SmallDisk(path);
        }

        await RunAsync("umount", [path], cancellationToken);
        Directory.Delete(path);
        return null;
    }

    /// <summary>Makes the platform's database there, before the platform finds none and makes its own.</summary>
    public async Task HoldAsync(LocalServers servers, CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(servers.Postgres.ConnectionString("postgres", "postgres"));

        foreach (var sql in new[] { $"create tablespace small location '{Path.Combine(_path, "tables")}'", "create database coworking template coworking_template tablespace small" })
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Until nothing more goes in.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        // The loop of dd ends by the disk being full, which is its only failure here.
        await RunAsync("dd", ["if=/dev/zero", $"of={Filler}", "bs=64k"], cancellationToken);
        await RunAsync("dd", ["if=/dev/zero", $"of={Filler}", "bs=4k", "oflag=append", "conv=notrunc"], cancellationToken);
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", ["-l", _path], CancellationToken.None);
        Directory.Delete(_path);
    }

    private static async Task<bool> RunAsync(string program, string[] words, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        await Task.WhenAll(process.StandardError.ReadToEndAsync(cancellationToken), process.StandardOutput.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0;
    }
}
