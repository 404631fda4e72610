using System.Globalization;
using System.Text;

namespace Coworking.IotIngest.Live;

/// <summary>One event of the stream, written once and sent to many.</summary>
/// <param name="Id">Of what can be replayed; null for telemetry, which is a state.</param>
/// <param name="Name">telemetry, alert, twin_update or resync.</param>
/// <param name="SpaceId">For filters.</param>
/// <param name="LocationId">For filters.</param>
/// <param name="Bytes">The frame as it goes over the wire.</param>
internal sealed record LiveFrame(long? Id, string Name, Guid SpaceId, Guid LocationId, byte[] Bytes)
{
    public static readonly string[] Names = ["telemetry", "alert", "twin_update"];

    /// <summary>A comment.</summary>
    public static LiveFrame Ping { get; } = new(null, "", default, default, ": ping\n\n"u8.ToArray());

    public static LiveFrame Of(long? id, string name, Guid spaceId, Guid locationId, string data)
    {
        var text = id is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"id: {number}\nevent: {name}\ndata: {data}\n\n")
            : $"event: {name}\ndata: {data}\n\n";
        return new LiveFrame(id, name, spaceId, locationId, Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>What a stream client wants to see.</summary>
internal sealed record LiveFilter(Guid? SpaceId, Guid? LocationId, IReadOnlySet<string>? Names)
{
    public bool Wants(string name) => Names?.Contains(name) ?? true;

    public bool Wants(LiveFrame frame) =>
        Wants(frame.Name) && (SpaceId is null || SpaceId == frame.SpaceId) && (LocationId is null || LocationId == frame.LocationId);
}
