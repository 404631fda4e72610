using System.Globalization;
using Coworking.Local;
using Npgsql;

namespace Coworking.Bench;

/// <summary>A peer's program: says words in its output, ends with this process, and stays until its CPU time has been read.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly string _log;

    private Peer(ChildProcess process, string log) => (_process, _log) = (process, log);

    public int ProcessId => _process.Id;

    public static async Task<Peer> StartAsync(string program, IReadOnlyList<string> words, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        var log = Path.GetTempFileName();
        return new Peer(await ChildProcess.StartAsync(new ChildProcessOptions(program, words) { LogFile = log, Environment = environment }, cancellationToken), log);
    }

    /// <summary>Until it has said so.</summary>
    public Task SaysAsync(string word, TimeSpan limit, CancellationToken cancellationToken) => Wait.UntilAsync(
        () => File.ReadAllText(_log).Contains(word, StringComparison.Ordinal) || (_process.HasExited ? throw new InvalidOperationException($"{_process.Name} ended: {Said()}") : false),
        limit,
        $"{_process.Name} says {word}: {Said()}",
        cancellationToken);

    public string Said() => File.ReadAllText(_log);

    /// <summary>Runs a program to its end; throws what it said when it failed.</summary>
    public static async Task RunAsync(string program, IReadOnlyList<string> words, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var peer = await StartAsync(program, words, new Dictionary<string, string?>(), cancellationToken);

        if (await peer._process.WaitForExitAsync(cancellationToken).WaitAsync(limit, cancellationToken) is not 0 and var code)
        {
            throw new InvalidOperationException($"{program} ended with code {code}: {peer.Said()}");
        }
    }

    /// <summary>What libpq and its like read.</summary>
    public static Dictionary<string, string?> PostgresEnvironment(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return new Dictionary<string, string?>
        {
            ["PGHOST"] = parts.Host,
            ["PGPORT"] = parts.Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = parts.Username,
            ["PGPASSWORD"] = parts.Password,
            ["PGDATABASE"] = parts.Database,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.DisposeAsync();
        File.Delete(_log);
    }
}
