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

    /// <summary>Until when the client may come. What was claimed from the waitlist after its start could not begin before it was claimed.</summary>
    internal static DateTimeOffset Deadline(Booking booking, CheckInRule rule)
    {
        var expected = booking.Source == BookingSources.Waitlist && booking.UpdatedAt > booking.StartTime ? booking.UpdatedAt : booking.StartTime;
        return expected.AddMinutes(rule.GraceMinutes);
    }

    internal bool IsOpen(DateTimeOffset now) => Opens <= now && now < End;
}
