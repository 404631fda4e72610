using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Series;

/// <summary>What became of one date of a series.</summary>
internal sealed class SeriesOccurrence
{
    /// <summary>It is a booking.</summary>
    internal const string Booked = "booked";

    /// <summary>It could not be booked, as the client had foreseen.</summary>
    internal const string Skipped = "skipped";

    /// <summary>It could not be booked, and the client was told what is free instead.</summary>
    internal const string Refused = "refused";

    private SeriesOccurrence()
    {
    }

    public Guid SeriesId { get; private init; }

    public int Index { get; private init; }

    /// <summary>On the wall, as the rule says it, also where the clocks jump over it.</summary>
    public DateTime WallStart { get; private set; }

    public DateTime WallEnd { get; private set; }

    /// <summary>As it was first meant; its name, whatever happens to it.</summary>
    public DateTimeOffset OriginalStart { get; private init; }

    /// <summary>As the series means it now.</summary>
    public Guid SpaceId { get; private set; }

    public DateTimeOffset StartTime { get; private set; }

    public DateTimeOffset EndTime { get; private set; }

    public string Outcome { get; private init; } = Booked;

    public Guid? BookingId { get; private init; }

    public string? Code { get; private init; }

    public string? Message { get; private init; }

    internal static SeriesOccurrence Of(BookingSeries series, Occurrence one, Guid? bookingId, string outcome = Booked, string? code = null, string? message = null) => new()
    {
        SeriesId = series.Id,
        Index = one.Index,
        WallStart = one.WallStart,
        WallEnd = one.WallEnd,
        OriginalStart = one.Start,
        SpaceId = series.SpaceId,
        StartTime = one.Start,
        EndTime = one.End,
        Outcome = outcome,
        BookingId = bookingId,
        Code = code,
        Message = message,
    };

    /// <summary>True where the booking stands where the series means it; who moved it alone meant to.</summary>
    internal bool IsFollowedBy(Booking booking) => (booking.SpaceId, booking.StartTime, booking.EndTime) == (SpaceId, StartTime, EndTime);

    /// <summary>The series means it to be elsewhere.</summary>
    internal void Mean(Guid spaceId, Occurrence one) => (SpaceId, WallStart, WallEnd, StartTime, EndTime) = (spaceId, one.WallStart, one.WallEnd, one.Start, one.End);
}
