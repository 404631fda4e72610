using System.Diagnostics.Metrics;

namespace Coworking.Reservations.Notifications;

/// <summary>What is counted of telling people, by channel: notice, mail, webhook.</summary>
internal sealed class NotificationMetrics
{
    internal const string Notice = "notice";
    internal const string Mail = "mail";
    internal const string Webhook = "webhook";

    private readonly Dictionary<string, Waiting> _waiting = new() { [Notice] = new(0, 0), [Mail] = new(0, 0), [Webhook] = new(0, 0) };
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _given;

    public NotificationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Coworking.Reservations.Notifications");
        meter.CreateObservableGauge("coworking.notifications.pending", () => Read(waiting => waiting.Count), "{notification}", "What waits to be told, at the replica that tells it");
        meter.CreateObservableGauge("coworking.notifications.age", () => Read(waiting => waiting.OldestSeconds), "s", "Age of the oldest that waits");
        _delivered = meter.CreateCounter<long>("coworking.notifications.delivered", "{notification}", "What a server took");
        _failed = meter.CreateCounter<long>("coworking.notifications.failed", "{try}", "Tries that failed");
        _given = meter.CreateCounter<long>("coworking.notifications.given_up", "{notification}", "What nobody took in all its tries");
    }

    internal void Waits(string channel, Waiting waiting)
    {
        lock (_waiting)
        {
            _waiting[channel] = waiting;
        }
    }

    internal void Delivered(string channel) => _delivered.Add(1, Tag(channel));

    internal void Failed(string channel) => _failed.Add(1, Tag(channel));

    internal void GivenUp(string channel) => _given.Add(1, Tag(channel));

    private static KeyValuePair<string, object?> Tag(string channel) => new("channel", channel);

    private List<Measurement<double>> Read(Func<Waiting, double> value)
    {
        lock (_waiting)
        {
            return [.. _waiting.Select(one => new Measurement<double>(value(one.Value), Tag(one.Key)))];
        }
    }

    /// <summary>What waits in a channel.</summary>
    internal sealed record Waiting(long Count, double OldestSeconds);
}
