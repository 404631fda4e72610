using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Bookings;

/// <summary>What a client says of a booking, as text where a form has to be judged, so that all that is wrong can be told at once.</summary>
internal sealed record BookingDetails(
    [property: Required, Format("uuid")] string? SpaceId,
    [property: Required, Format("email"), StringLength(254)] string? ClientEmail,
    [property: Required, Description("A local day, e.g. 2026-01-31, or an RFC 3339 time whose UTC date is meant")] string? BookingDate,
    [property: Required, Format("date-time")] string? StartTime,
    [property: Required, Format("date-time")] string? EndTime,
    [property: StringLength(200)] string? ClientName,
    [property: StringLength(200)] string? Company,
    [property: StringLength(50)] string? Phone,
    [property: StringLength(2000)] string? Inquiry,
    [property: Range(1, int.MaxValue)] int? Attendees)
{
    // Far beyond any booking, and far from where calendars and time zones end.
    private const int FirstYear = 2000;
    private const int LastYear = 2199;

    internal static BookingDetails Of(Booking booking) => new(
        booking.SpaceId.ToString(),
        booking.ClientEmail,
        BookingDay.Text(booking.BookingDate),
        InstantConverter.Text(booking.StartTime),
        InstantConverter.Text(booking.EndTime),
        booking.ClientName,
        booking.Company,
        booking.Phone,
        booking.Inquiry,
        booking.Attendees);

    /// <summary>The wish they spell, or everything that is malformed.</summary>
    internal Outcome<BookingWish> Read()
    {
        var fields = new FieldErrors();
        var email = ClientEmail?.Trim() ?? "";
        var spaceId = fields.Uuid("spaceId", SpaceId);
        fields.Require(EmailAddress.IsValid(email), "clientEmail", "Invalid email");
        var isDay = BookingDay.TryParse(BookingDate, out var day);
        fields.Require(isDay, "bookingDate", "bookingDate must be a date, e.g. 2026-01-31, or an RFC 3339 time with a zone");
        fields.Require(!isDay || day.Year is >= FirstYear and <= LastYear, "bookingDate", $"bookingDate must lie in the years {FirstYear} to {LastYear}");
        var start = Instant(fields, "startTime", StartTime);
        var end = Instant(fields, "endTime", EndTime);
        fields.Require(Attendees is null or >= 1, "attendees", "attendees must be a whole number of at least 1");
        var wish = new BookingWish(
            spaceId,
            email,
            day,
            start,
            end,
            fields.Text("clientName", ClientName, 200),
            fields.Text("company", Company, 200),
            fields.Text("phone", Phone, 50),
            fields.Text("inquiry", Inquiry, 2000),
            Attendees);
        return fields.Refusal is { } refusal ? refusal : wish;
    }

    private static DateTimeOffset Instant(FieldErrors fields, string field, string? text)
    {
        if (!InstantConverter.TryParse(text, out var instant))
        {
            fields.Add(field, $"{field} must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z");
            return default;
        }

        fields.Require(instant.Year is >= FirstYear and <= LastYear, field, $"{field} must lie in the years {FirstYear} to {LastYear}");
        // Answers carry milliseconds: what is kept is what is answered.
        return instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMillisecond));
    }
}

/// <summary>A well-formed wish for a booking; whether it is granted is another matter.</summary>
internal sealed record BookingWish(
    Guid SpaceId,
    string ClientEmail,
    BookingDay Day,
    DateTimeOffset Start,
    DateTimeOffset End,
    string? ClientName,
    string? Company,
    string? Phone,
    string? Inquiry,
    int? Attendees);
