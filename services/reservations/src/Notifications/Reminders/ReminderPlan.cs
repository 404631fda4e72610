using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Notifications.Reminders;

/// <summary>When a client is reminded: a day and an hour before the start, and never of a moment that had passed when the time was chosen.</summary>
internal static class ReminderPlan
{
    internal static readonly TimeSpan Day = TimeSpan.FromHours(24);
    internal static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The next reminder of a booking as it now stands; null where none is to come.</summary>
    internal static DateTimeOffset? Next(string status, DateTimeOffset start, DateTimeOffset now) =>
        status != BookingStatus.Confirmed ? null
        : now <= start - Day ? start - Day
        : now <= start - Hour ? start - Hour
        : null;

    /// <summary>What a reminder that is due says now: the last hour's where its time has come, none once the booking has begun.</summary>
    internal static string? Kind(DateTimeOffset start, DateTimeOffset now) =>
        now >= start ? null : now >= start - Hour ? NoticeKinds.HourBefore : NoticeKinds.DayBefore;

    /// <summary>The one after that.</summary>
    internal static DateTimeOffset? After(DateTimeOffset start, DateTimeOffset now) => now < start - Hour ? start - Hour : null;
}
