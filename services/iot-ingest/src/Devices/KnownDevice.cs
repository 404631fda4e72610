namespace Coworking.IotIngest.Devices;

/// <summary>A registered device in memory. When it was heard is gathered here: the hot path writes one number, not a row.</summary>
internal sealed class KnownDevice(Guid id, string serialNumber, Guid spaceId, string? firmware, bool isOnline)
{
    private long _seenAt;
    private string? _said = firmware;

    public Guid Id { get; } = id;

    public string SerialNumber { get; } = serialNumber;

    public Guid SpaceId { get; } = spaceId;

    /// <summary>As the table has it, or is about to.</summary>
    public bool IsOnline { get; set; } = isOnline;

    /// <summary>What the table holds.</summary>
    public string? Firmware { get; private set; } = firmware;

    /// <summary>What the device said last.</summary>
    public string? Said => Volatile.Read(ref _said);

    /// <summary>Micros by the server's clock; 0: not since this process began.</summary>
    public long SeenAt => Volatile.Read(ref _seenAt);

    /// <summary>The <see cref="SeenAt"/> that the table has.</summary>
    public long WrittenAt { get; private set; }

    /// <summary>When the table was written, as the clock's timestamp; 0: not yet.</summary>
    public long WrittenOn { get; private set; }

    /// <summary>It speaks, and the table takes it for silent.</summary>
    public bool HasArrived { get; private set; }

    /// <returns>True where it was taken for silent until now.</returns>
    public bool Seen(long at)
    {
        Volatile.Write(ref _seenAt, at);

        if (IsOnline)
        {
            return false;
        }

        HasArrived = true;
        return IsOnline = true;
    }

    public void Says(string firmware) => Volatile.Write(ref _said, firmware);

    public void Written(long seenAt, string? firmware, long timestamp) => (WrittenAt, Firmware, WrittenOn, HasArrived) = (seenAt, firmware, timestamp, false);

    /// <summary>Takes what the table says now. The same object goes on: what is heard meanwhile must not land in one that was replaced.</summary>
    public KnownDevice Became(string? firmware, bool isOnline)
    {
        var isUpToDate = Said == Firmware;
        Firmware = firmware;
        IsOnline = isOnline || HasArrived;

        if (isUpToDate)
        {
            Volatile.Write(ref _said, firmware);
        }

        return this;
    }

    /// <summary>Takes over what was heard by the object that this one replaces.</summary>
    public KnownDevice After(KnownDevice before)
    {
        (_seenAt, WrittenAt, WrittenOn, HasArrived) = (before.SeenAt, before.WrittenAt, before.WrittenOn, before.HasArrived);
        IsOnline |= HasArrived;
        _said = before.Said == before.Firmware ? _said : before.Said;
        return this;
    }
}
