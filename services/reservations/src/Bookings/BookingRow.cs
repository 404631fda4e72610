using System.Text.Json;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>A booking as clients see it.</summary>
internal sealed record BookingRow(
    Guid Id,
    Guid SpaceId,
    Guid LocationId,
    string ClientEmail,
    string? ClientName,
    string? Company,
    string? Phone,
    string? Inquiry,
    int? Attendees,
    DateTimeOffset BookingDate,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    string Status,
    string? StatusReason,
    DateTimeOffset? HeldUntil,
    string? Attention,
    Guid? SeriesId,
    DateTimeOffset? CheckedInAt,
    string? CheckInSource,
    JsonElement? CheckInEvidence,
    string Source,
    bool ConfirmationSent,
    bool ReminderSent,
    int PolicyVersion,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    BookingRow.Where Space)
{
    internal const string Columns = """
        b.id, b.space_id, b.location_id, b.client_email, b.client_name, b.company, b.phone, b.inquiry, b.attendees, b.booking_date, b.start_time, b.end_time,
        b.status, b.series_id, b.checked_in_at, b.source, b.version, b.created_at, b.updated_at, s.name,
        b.status_reason, b.held_until, b.attention, b.check_in_source, b.policy_version, b.check_in_evidence, b.confirmation_sent, b.reminder_sent
        """;

    internal const string Tables = "bookings b join spaces s on s.id = b.space_id";

    internal static BookingRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetGuid(2),
        reader.GetString(3),
        reader.Text(4),
        reader.Text(5),
        reader.Text(6),
        reader.Text(7),
        reader.Value<int>(8),
        Midnight(reader.GetFieldValue<DateOnly>(9)),
        reader.Instant(10),
        reader.Instant(11),
        reader.GetString(12),
        reader.Text(20),
        reader.IsDBNull(21) ? null : reader.Instant(21),
        reader.Text(22),
        reader.Value<Guid>(13),
        reader.IsDBNull(14) ? null : reader.Instant(14),
        reader.Text(23),
        Json(reader.Text(25)),
        reader.GetString(15),
        reader.GetBoolean(26),
        reader.GetBoolean(27),
        reader.GetInt32(24),
        reader.GetInt64(16),
        reader.Instant(17),
        reader.Instant(18),
        new Where(reader.GetGuid(1), reader.GetString(19)));

    /// <summary>The row of a booking that was judged in this request.</summary>
    internal static BookingRow Of(Booking booking) => Of(booking, booking.SpaceName!);

    /// <summary>The row of any booking, read within the transaction of its change.</summary>
    internal static async Task<BookingRow> OfAsync(Booking booking, ReservationsDb db, CancellationToken cancellationToken) => Of(
        booking,
        booking.SpaceName ?? await db.Spaces.Where(space => space.Id == booking.SpaceId).Select(space => space.Name).SingleAsync(cancellationToken));

    internal static BookingRow Of(Booking booking, string spaceName) => new(
        booking.Id,
        booking.SpaceId,
        booking.LocationId,
        booking.ClientEmail,
        booking.ClientName,
        booking.Company,
        booking.Phone,
        booking.Inquiry,
        booking.Attendees,
        Midnight(booking.BookingDate),
        booking.StartTime,
        booking.EndTime,
        booking.Status,
        booking.StatusReason,
        booking.HeldUntil,
        booking.Attention,
        booking.SeriesId,
        booking.CheckedInAt,
        booking.CheckInSource,
        Json(booking.CheckInEvidence),
        booking.Source,
        booking.ConfirmationSent,
        booking.ReminderSent,
        booking.PolicyVersion,
        booking.Version,
        booking.CreatedAt,
        booking.UpdatedAt,
        new Where(booking.SpaceId, spaceName));

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);

    // A day travels as its midnight in UTC, whatever the location's zone: clients read it so.
    private static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>The space it is for.</summary>
    internal sealed record Where(Guid Id, string Name);
}
