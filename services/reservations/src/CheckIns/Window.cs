using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.CheckIns;

/// <summary>The time in which one can check in to a booking.</summary>
/// <param name="Opens">First instant.</param>
/// <param name="Start">From when on the client is expected.</param>
/// <param name="End">First instant at which it is too late.</param>
internal readonly record struct Window(DateTimeOffset Opens, DateTimeOffset Start, DateTimeOffset End)
{
    internal static Window Of(Booking booking, CheckInRule rule) => new(booking.StartTime.AddMinutes(-rule.OpenMinutesBefore), booking.StartTime, booking.EndTime);

    /// <summary>From when on the client is expected, and the grace counts: what was placed, moved or confirmed after its start could not begin before that.</summary>
    internal static DateTimeOffset Expected(Booking booking) => booking.StandsSince > booking.StartTime ? booking.StandsSince : booking.StartTime;

    internal bool IsOpen(DateTimeOffset now) => Opens <= now && now < End;
}
