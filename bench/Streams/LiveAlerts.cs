using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.Bench;

/// <summary>Alerts that open while others are measured: how long after its commit each is shown by the stream.</summary>
internal sealed class LiveAlerts : IAsyncDisposable
{
    public const int PerRound = 10;

    private const double MostMilliseconds = 50;

    // Five minutes of bad air and a little, by device time.
    private const int Samples = 62;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);

    private readonly Stage _stage;
    private readonly List<BenchSpace> _spaces;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<long, DateTimeOffset> _seen = [];
    private Task _reading = Task.CompletedTask;

    private LiveAlerts(Stage stage, List<BenchSpace> spaces) => (_stage, _spaces) = (stage, spaces);

    public static async Task<LiveAlerts> StartAsync(Stage stage, int rounds, CancellationToken cancellationToken)
    {
        var alerts = new LiveAlerts(stage, await stage.AddSpacesAsync(1, rounds * PerRound, cancellationToken));
        // The moment of the insert, just before the commit; as shipped it is that at which the transaction began.
        await stage.ExecuteAsync("alter table iot.live_events alter column at set default clock_timestamp()", cancellationToken);
        using var request = stage.Question($"/api/v1/iot/stream?events=alert&locationId={alerts._spaces[0].LocationId}");
        var answer = await alerts._http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        alerts._reading = Task.Run(() => alerts.ReadAsync(stream), cancellationToken);
        return alerts;
    }

    /// <summary>One alert after the other.</summary>
    public async Task SendAsync(int round, CancellationToken cancellationToken)
    {
        await using var connection = await MqttConnection.ConnectAsync(
            new MqttClientOptions { Host = "127.0.0.1", Port = _stage.Servers.Mosquitto.Port, ClientId = "bench-alerts" }, new Silent(), cancellationToken);

        foreach (var space in _spaces.Skip(round * PerRound).Take(PerRound))
        {
            var last = TimeProvider.System.GetUtcNow();

            for (var i = Samples - 1; i >= 0; i--)
            {
                var payload = string.Create(CultureInfo.InvariantCulture,
                    $"{{\"ts\":\"{last - (i * Spacing):yyyy-MM-ddTHH:mm:ss.fff}Z\",\"temp_c\":21.5,\"humidity_pct\":49.3,\"co2_ppm\":1800,\"occupancy\":0,\"power_w\":110}}");
                await connection.PublishAsync(
                    new MqttApplicationMessage { Topic = space.Topic, Payload = Encoding.UTF8.GetBytes(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, cancellationToken);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }

        await connection.DisconnectAsync(MqttReasonCode.NormalDisconnection, cancellationToken);
    }

    /// <summary>True where the slowest of them was in time; the page of P4 gets a line.</summary>
    public async Task<bool> JudgeAsync(RunOptions options, CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(() => Count() >= _spaces.Count, TimeSpan.FromSeconds(30), "every alert is shown", cancellationToken);
        var late = new List<double>();
        await using var select = _stage.Database.CreateCommand("select id, at from iot.live_events where name = 'alert' and location_id = $1");
        select.Parameters.Add(new() { Value = _spaces[0].LocationId });

        await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                late.Add((_seen[reader.GetInt64(0)] - reader.GetFieldValue<DateTimeOffset>(1)).TotalMilliseconds);
            }
        }

        // Those of the dropped round with them: the ids tell no rounds, and the worst counts anyway.
        late.Sort();
        var line = string.Create(CultureInfo.InvariantCulture, $"alerts: {late.Count} shown, p50 {Comparison.Median(late):0.0} ms, most {late[^1]:0.0} ms after they were written (the commit included), must <= {MostMilliseconds:0}");
        await File.AppendAllTextAsync(Path.Combine(Report.Folder(options), "P4.md"), $"\n**{line}**\n", cancellationToken);
        Console.WriteLine($"P4 {line}");
        return late[^1] <= MostMilliseconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _end.Dispose();
    }

    private int Count()
    {
        lock (_seen)
        {
            return _seen.Count;
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        var parser = SseParser.Create(stream);

        await foreach (var item in parser.EnumerateAsync(_end.Token))
        {
            var now = TimeProvider.System.GetUtcNow();

            lock (_seen)
            {
                _seen[long.Parse(item.EventId ?? parser.LastEventId, CultureInfo.InvariantCulture)] = now;
            }
        }
    }

    private sealed class Silent : IMqttMessageHandler
    {
        public ValueTask HandleAsync(in MqttPublishFrame frame) => ValueTask.CompletedTask;
    }
}
