using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Coworking.Hosting.Identity;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>The platform with a space for each measurement, whose samples ten times a second are what its stream tells.</summary>
internal sealed class StreamStage : IAsyncDisposable
{
    private const int Spaces = 64;

    private readonly Stage _stage;
    private readonly List<BenchSpace> _spaces;
    private readonly string _program;
    private int _next;

    private StreamStage(Stage stage, List<BenchSpace> spaces, string program) => (_stage, _spaces, _program) = (stage, spaces, program);

    public static async Task<StreamStage> StartAsync(CancellationToken cancellationToken)
    {
        var program = await StreamReaders.CompileAsync(cancellationToken);
        var stage = await Stage.StartAsync(cancellationToken);
        return new StreamStage(stage, await stage.AddSpacesAsync(1, Spaces, cancellationToken), program);
    }

    /// <summary>Our stream, of a space that nobody has heard of before: readers get what is said from now on and nothing else.</summary>
    public async Task<Measured> OursAsync(long clients, int messages, CancellationToken cancellationToken)
    {
        var space = _spaces[_next++];
        var path = $"/api/v1/iot/stream?events=telemetry&spaceId={space.Id}";
        using var question = _stage.Question(path);
        var header = $"{GatewayIdentity.Header}: {question.Headers.GetValues(GatewayIdentity.Header).Single()}";
        var processes = new Dictionary<string, int>
        {
            ["iot-ingest"] = _stage.Platform.IotIngestProcess.Id,
            ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
            ["broker"] = _stage.Servers.Mosquitto.ProcessId,
        };
        return await StreamReaders.RunAsync(_program, question.RequestUri!, header, clients, messages, StreamReaders.OfStates, processes, SayAsync, cancellationToken);

        async Task SayAsync()
        {
            var workload = new Workload([space], TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(1.0 / StreamReaders.Rate));
            await new Publisher(_stage.Servers.Mosquitto.Port, workload, connections: 1).RunAsync(0, messages, StreamReaders.Rate, CancellationToken.None, cancellationToken);
        }
    }

    /// <summary>A peer that tells everyone who reads /sub what is posted to /pub.</summary>
    public Task<Measured> PeerAsync(string name, Proxy peer, long clients, int messages, CancellationToken cancellationToken)
    {
        return StreamReaders.RunAsync(_program, new Uri(peer.Address, "/sub"), "", clients, messages, least: 1, new Dictionary<string, int> { [name] = peer.ProcessId }, SayAsync, cancellationToken);

        async Task SayAsync()
        {
            using var http = new HttpClient();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / StreamReaders.Rate));

            for (var i = 0; i < messages && await timer.WaitForNextTickAsync(cancellationToken); i++)
            {
                using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"number":{{i.ToString("D6", CultureInfo.InvariantCulture)}},"payload":"{{new string('x', 170)}}"}"""));
                body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await http.PostAsync(new Uri(peer.Address, "/pub"), body, cancellationToken);
                answer.EnsureSuccessStatusCode();
            }
        }
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();
}
