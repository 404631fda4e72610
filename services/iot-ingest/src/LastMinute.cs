namespace Coworking.IotIngest;

/// <summary>Messages of the last sixty seconds, second by second: written by the batcher, read by the heartbeat.</summary>
internal sealed class LastMinute(TimeProvider clock)
{
    private const int Seconds = 60;

    private readonly Lock _gate = new();
    private readonly (long Second, long Accepted, long Rejected)[] _slots = new (long, long, long)[Seconds];

    public void Add(long accepted, long rejected)
    {
        var now = Now();

        lock (_gate)
        {
            ref var slot = ref _slots[now % Seconds];
            slot = slot.Second == now ? (now, slot.Accepted + accepted, slot.Rejected + rejected) : (now, accepted, rejected);
        }
    }

    public (long Accepted, long Rejected) Sum()
    {
        var oldest = Now() - Seconds;

        lock (_gate)
        {
            var (accepted, rejected) = (0L, 0L);

            foreach (var slot in _slots)
            {
                if (slot.Second > oldest)
                {
                    accepted += slot.Accepted;
                    rejected += slot.Rejected;
                }
            }

            return (accepted, rejected);
        }
    }

    // The monotonic clock: a wall clock that is set back must not count a minute twice.
    private long Now() => Seconds + (clock.GetTimestamp() / clock.TimestampFrequency);
}
