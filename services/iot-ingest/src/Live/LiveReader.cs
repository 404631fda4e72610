using System.Globalization;
using System.Threading.Channels;
using Coworking.Hosting.Postgres;
using Npgsql;

namespace Coworking.IotIngest.Live;

/// <summary>Hears of commits, reads what they brought once per replica, and hands it to the hub. Telemetry that piles up meanwhile is read as one: it is a state.</summary>
internal sealed class LiveReader(LiveLog live, LiveHub hub, PostgresListener listener, TimeProvider clock, ILogger<LiveReader> log) : BackgroundService
{
    private const int Window = 1000;

    private readonly Channel<string?> _notices = Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(Effects.Channel, payload => _notices.Writer.TryWrite(payload));
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = false;
        var touched = new HashSet<int>();

        while (await _notices.Reader.WaitToReadAsync(stoppingToken))
        {
            try
            {
                if (!started)
                {
                    hub.StartAt((await live.BoundsAsync(stoppingToken)).Newest);
                    started = true;
                }

                if (Gather(touched))
                {
                    await EventsAsync(stoppingToken);
                }

                if (touched.Count > 0 && hub.WantsTelemetry)
                {
                    hub.Send(await live.LatestAsync([.. touched], stoppingToken));
                }

                touched.Clear();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.StreamDelayed(log, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _notices.Writer.TryWrite(null);
            }
        }
    }

    /// <summary>Takes every notice that waits; true where events may have been added.</summary>
    private bool Gather(HashSet<int> touched)
    {
        var events = false;

        while (_notices.Reader.TryRead(out var notice))
        {
            if (notice is not ['t', .. var keys])
            {
                events = true;
                continue;
            }

            foreach (var key in keys.AsSpan().Split(','))
            {
                touched.Add(int.Parse(keys.AsSpan(key), NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return events;
    }

    private async Task EventsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var frames = await live.EventsAsync(hub.Position, long.MaxValue, Window, cancellationToken);
            hub.Send(frames);

            if (frames.Count < Window)
            {
                return;
            }
        }
    }
}
