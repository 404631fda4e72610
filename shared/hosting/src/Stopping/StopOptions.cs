using System.ComponentModel.DataAnnotations;

namespace Coworking.Hosting.Stopping;

/// <summary>Settings of the section Stop.</summary>
internal sealed class StopOptions
{
    /// <summary>For how long a service that was told to stop still takes new requests: whoever sends them there learns late that it goes. Off where nobody stands in between.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan Delay { get; init; } = TimeSpan.Zero;
}
