using System.Diagnostics.Metrics;

namespace Coworking.Reservations;

/// <summary>What this service counts.</summary>
internal sealed class ReservationsMetrics
{
    private readonly Counter<long> _placed;
    private readonly Counter<long> _cancelled;
    private readonly Counter<long> _refused;

    public ReservationsMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Coworking.Reservations");
        _placed = meter.CreateCounter<long>("coworking.bookings.placed", "{booking}");
        _cancelled = meter.CreateCounter<long>("coworking.bookings.cancelled", "{booking}");
        _refused = meter.CreateCounter<long>("coworking.refusals", "{refusal}", "Requests that a rule refused, by code");
    }

    internal void Placed(int count = 1) => _placed.Add(count);

    internal void Cancelled(int count = 1) => _cancelled.Add(count);

    internal void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));
}
