using Coworking.Bench;

namespace Coworking.Faults;

/// <summary>A message of a device.</summary>
/// <param name="Line">What leaves over one connection keeps its order.</param>
/// <param name="Topic">Where to.</param>
/// <param name="Payload">What it says.</param>
internal readonly record struct Parcel(int Line, string Topic, byte[] Payload);

/// <summary>What devices send, by number, and how fast.</summary>
/// <param name="Parcels">Message n.</param>
/// <param name="Rate">Messages a second.</param>
internal sealed record Sending(Func<long, Parcel> Parcels, int Rate)
{
    /// <summary>So many and no more.</summary>
    public long Count { get; init; } = long.MaxValue;

    /// <summary>Connections.</summary>
    public int Lines { get; init; } = 50;

    /// <summary>Of the clients, with a number behind it.</summary>
    public string Name { get; init; } = "device";

    /// <summary>What the broker took with "no matching subscribers" is sent again, by a device that reads the answer.</summary>
    public bool Insists { get; init; }

    public static Sending Of(Workload workload, int rate)
    {
        var topics = workload.Spaces.Select(space => space.Topic).ToArray();
        return new Sending(Parcel, rate) { Lines = Math.Min(50, topics.Length) };

        Parcel Parcel(long i)
        {
            Span<byte> payload = stackalloc byte[Workload.MaxPayload];
            var length = workload.Payload(i, payload);
            var space = (int)(i % topics.Length);
            return new Parcel(space, topics[space], payload[..length].ToArray());
        }
    }
}
