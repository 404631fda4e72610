using System.Threading.Channels;
using Coworking.IotIngest.Ingest;

namespace Coworking.IotIngest.Live;

/// <summary>The stream clients of this replica. Every replica sees every event, so any of them can serve any client.</summary>
internal sealed class LiveHub(IngestMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly HashSet<LiveClient> _clients = [];
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;

    /// <summary>Completes when the position is known: nobody can be served before.</summary>
    public Task Started => _started.Task;

    /// <summary>True while somebody wants telemetry: else nobody need read it.</summary>
    public bool WantsTelemetry { get; private set; }

    /// <summary>Id of the newest event that was sent out.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    /// <summary>From the returned position on, every event reaches the client: what lies before it is the client's to replay.</summary>
    public (LiveClient Client, long Position) Join(LiveFilter filter)
    {
        var client = new LiveClient(filter);

        lock (_lock)
        {
            _clients.Add(client);
            Count();
            return (client, _position);
        }
    }

    public void Leave(LiveClient client)
    {
        lock (_lock)
        {
            _clients.Remove(client);
            Count();
        }
    }

    public void Send(IReadOnlyList<LiveFrame> frames)
    {
        lock (_lock)
        {
            foreach (var frame in frames)
            {
                _position = frame.Id ?? _position;

                foreach (var client in _clients)
                {
                    if (!client.Offer(frame))
                    {
                        metrics.StreamDropped();
                    }
                }
            }
        }
    }

    public void StartAt(long position)
    {
        lock (_lock)
        {
            _position = position;
        }

        _started.TrySetResult();
    }

    private void Count()
    {
        WantsTelemetry = _clients.Any(client => client.Filter.Wants("telemetry"));
        metrics.StreamClients = _clients.Count;
    }
}

/// <summary>One stream client: a bounded queue that is closed, never grown, when its reader is too slow.</summary>
internal sealed class LiveClient(LiveFilter filter)
{
    // What two batches can say at most, each sample of another space: a reader of everything may not be dropped for a single burst. A slot is a reference, the
    // frames are shared by all clients. A reader that is further behind reconnects and catches up from the log.
    internal const int MaxBehind = 2 * ReadingBatcher.MaxBatch;

    private readonly Channel<LiveFrame> _frames = Channel.CreateBounded<LiveFrame>(new BoundedChannelOptions(MaxBehind) { SingleReader = true });

    public LiveFilter Filter { get; } = filter;

    public ChannelReader<LiveFrame> Frames => _frames.Reader;

    /// <summary>Keeps what lies between from thinking the stream dead. Where the queue is full there is no need.</summary>
    public void Ping() => _frames.Writer.TryWrite(LiveFrame.Ping);

    /// <summary>Ends the reading, as the client or this replica goes.</summary>
    public void Close() => _frames.Writer.TryComplete();

    /// <summary>False where the client was dropped by this very frame.</summary>
    public bool Offer(LiveFrame frame) => !Filter.Wants(frame) || _frames.Writer.TryWrite(frame) || !_frames.Writer.TryComplete();
}
