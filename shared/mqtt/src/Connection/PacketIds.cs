
namespace Coworking.Mqtt;

/// <summary>A set of packet identifiers, a bit each; also deals out free ones (MQTT 5.0, 2.2.1).</summary>
internal sealed class PacketIds
{
    private readonly ulong[] _used = new ulong[65_536 / 64];
    private ushort _last;

    public bool Contains(ushort id) => (_used[id >> 6] & (1ul << (id & 63))) != 0;

    public bool Add(ushort id)
    {
        if (Contains(id))
        {
            return false;
        }

        _used[id >> 6] |= 1ul << (id & 63);
        return true;
    }

    public bool Remove(ushort id)
    {
        var found = Contains(id);
        _used[id >> 6] &= ~(1ul << (id & 63));
        return found;
    }

    public void Clear() => Array.Clear(_used);

    /// <summary>The next free one after the last dealt out: an id is reused as late as possible.</summary>
    public ushort Rent()
    {
        for (var tries = 0; tries < ushort.MaxValue; tries++)
        {
            _last = _last == ushort.MaxValue ? (ushort)1 : (ushort)(_last + 1);

            if (Add(_last))
            {
                return _last;
            }
        }

        throw new MqttException("Every packet identifier is in use.");
    }

}
