using System.ComponentModel.DataAnnotations;

namespace Coworking.Reservations.Webhooks;

/// <summary>Settings of the section Webhooks.</summary>
internal sealed class WebhookOptions
{
    /// <summary>Deliveries to private, loopback and other addresses of our own network, and by plain http. Only in Development, where receivers run beside us; anywhere else the start fails.</summary>
    public bool AllowPrivateTargets { get; set; }

    /// <summary>How long a receiver may take to answer. Ten seconds: it should take the delivery in and work on it afterwards.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
