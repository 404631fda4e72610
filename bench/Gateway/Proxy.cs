using System.Globalization;
using System.Net;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>A program that stands before the upstream: ours or a peer.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly Proxy? _beside;
    private readonly string _folder;

    private Proxy(ChildProcess process, string folder, Uri address, Proxy? beside) => (_process, _folder, Address, _beside) = (process, folder, address, beside);

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>What works for it, by name.</summary>
    public Dictionary<string, int> Processes(string name) =>
        _beside is null ? new() { [name] = ProcessId } : new() { [name] = ProcessId, ["key service"] = _beside.ProcessId };

    /// <summary>Starts a program and waits until it answers a request, with whatever status.</summary>
    /// <param name="port">Where it will listen.</param>
    /// <param name="command">The program and its words; FOLDER stands for a folder of its own.</param>
    /// <param name="files">Written into that folder before.</param>
    /// <param name="environment">Added to ours.</param>
    /// <param name="beside">Ends with it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Proxy> StartAsync(
        int port, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string?> environment, Proxy? beside, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("coworking-bench-").FullName;
        // Servers that start as root serve as somebody else: they must get in.
        await Peer.RunAsync("chmod", ["755", folder], TimeSpan.FromSeconds(5), cancellationToken);

        foreach (var (name, text) in files)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), text.Replace("FOLDER", folder, StringComparison.Ordinal), cancellationToken);
        }

        var words = command.Skip(1).Select(word => word.Replace("FOLDER", folder, StringComparison.Ordinal)).ToArray();
        var process = await ChildProcess.StartAsync(
            new ChildProcessOptions(Find(command[0]), words) { LogFile = Path.Combine(folder, "log"), Environment = environment, WorkingDirectory = folder }, cancellationToken);
        var proxy = new Proxy(process, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")), beside);

        try
        {
            using var http = new HttpClient();
            await Wait.UntilAsync(() => proxy.AnswersAsync(http, cancellationToken), TimeSpan.FromSeconds(60), $"{process.Name} answers", cancellationToken);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>The path of a program, or a sentence that says what is missing.</summary>
    public static string Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/local/sbin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is missing: ./dev bench installs it where it can (Debian 12: apt-get install {program})");

    /// <summary>An answer with this key, whole.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AskAsync(string key, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, Upstream.Path));
        request.Headers.Add("x-api-key", key);
        using var answer = await http.SendAsync(request, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await (_beside?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancellationToken)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"{_process.Name} ended:\n{_process.LogTail()}");
        }

        try
        {
            using var answer = await http.GetAsync(new Uri(Address, Upstream.Path), cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
