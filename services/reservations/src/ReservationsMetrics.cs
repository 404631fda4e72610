using System.Diagnostics.Metrics;

namespace Coworking.Reservations;

/// <summary>What this service counts.</summary>
internal sealed class ReservationsMetrics
{
    private readonly Counter<long> _placed;
    private readonly Counter<long> _cancelled;
    private readonly Counter<long> _changed;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _attention;

    public ReservationsMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Coworking.Reservations");
        _placed = meter.CreateCounter<long>("coworking.bookings.placed", "{booking}");
        _cancelled = meter.CreateCounter<long>("coworking.bookings.cancelled", "{booking}");
        _changed = meter.CreateCounter<long>("coworking.bookings.changed", "{booking}", "Bookings that took a status and committed, whoever gave it to them, by status");
        _refused = meter.CreateCounter<long>("coworking.refusals", "{refusal}", "Requests that a rule refused, by code");
        _attention = meter.CreateCounter<long>("coworking.bookings.attention", "{booking}", "Bookings that reception is asked to look at, by reason");
    }

    internal void Placed(int count = 1) => _placed.Add(count);

    internal void Cancelled(int count = 1) => _cancelled.Add(count);

    internal void Changed(string status) => _changed.Add(1, new KeyValuePair<string, object?>("status", status));

    internal void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));

    internal void Attention(string reason) => _attention.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
