using Coworking.Reservations.Bookings;
using Coworking.Reservations.Calendars;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Npgsql;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>Bookings as events of a feed: those to come, those of the last weeks, and for as long those that fell away, so that every reader learns of it.</summary>
internal static class FeedEvents
{
    private const int PastDays = 30;

    // Calendars look about a year ahead; what lies further comes in when it nears.
    private const int FutureDays = 400;

    private const string Columns = "b.id, b.status, b.start_time, b.end_time, b.version, b.updated_at, b.company, b.attendees, b.inquiry, s.name, l.name, l.address, l.timezone";

    private const string Tables = "bookings b join spaces s on s.id = b.space_id join locations l on l.id = b.location_id";

    private const string Window = "b.start_time > $2 and b.start_time < $3 and b.end_time > $4";

    private const string FellAway = "b.status in ('cancelled', 'rejected', 'no_show')";

    // In two halves, because the index of what stands leaves out what is cancelled.
    private const string OfSpace = $"""
        select {Columns} from {Tables} where b.space_id = $1 and b.status <> 'cancelled' and {Window} and (not {FellAway} or b.updated_at > $4)
        union all
        select {Columns} from {Tables} where b.space_id = $1 and b.status = 'cancelled' and {Window} and b.updated_at > $4
        order by start_time, id
        """;

    private const string OfClient = $"""
        select {Columns} from {Tables} where b.client_email_key = $1 and {Window} and (not {FellAway} or b.updated_at > $4)
        order by b.start_time, b.id
        """;

    /// <summary>A space's time: that it is taken and by which company. No name, no address, no word of the client's.</summary>
    internal static Task<List<CalendarEvent>> OfSpaceAsync(NpgsqlDataSource database, Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken) =>
        ReadAsync(database, OfSpace, spaceId, now, row => row.Event(row.Taken()), cancellationToken);

    /// <summary>A client's own bookings, with what the client said of them.</summary>
    internal static Task<List<CalendarEvent>> OfClientAsync(NpgsqlDataSource database, string clientKey, DateTimeOffset now, CancellationToken cancellationToken) =>
        ReadAsync(database, OfClient, clientKey, now, row => row.Event(row.Space) with { Description = row.Details() }, cancellationToken);

    private static Task<List<CalendarEvent>> ReadAsync(
        NpgsqlDataSource database, string sql, object owner, DateTimeOffset now, Func<Row, CalendarEvent> tell, CancellationToken cancellationToken)
    {
        var past = now.AddDays(-PastDays);
        return database.ListAsync(sql, reader => tell(Read(reader)), cancellationToken, owner, past.AddDays(-SpanRules.MaxDays), now.AddDays(FutureDays), past);
    }

    private static Row Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.Instant(2),
        reader.Instant(3),
        reader.GetInt64(4),
        reader.Instant(5),
        reader.Text(6),
        reader.Value<int>(7),
        reader.Text(8),
        reader.GetString(9),
        string.Join(", ", new[] { reader.GetString(10), reader.Text(11) }.OfType<string>()),
        Zones.Find(reader.GetString(12)));

    private sealed record Row(
        Guid Id,
        string Status,
        DateTimeOffset Start,
        DateTimeOffset End,
        long Version,
        DateTimeOffset UpdatedAt,
        string? Company,
        int? Attendees,
        string? Inquiry,
        string Space,
        string Location,
        TimeZoneInfo Zone)
    {
        internal CalendarEvent Event(string summary) =>
            new(CalendarEvent.UidOf(Id), Version, UpdatedAt, Start, End, Zone, Said(Status), summary) { Location = $"{Space}, {Location}" };

        internal string Taken() => Company is null ? "Booked" : $"Booked: {Company}";

        internal string Details() => string.Join(
            '\n', new[] { $"Status: {Status.Replace('_', ' ')}", Attendees is { } people ? $"Attendees: {ContentLines.Number(people)}" : null, Inquiry }.OfType<string>());

        private static string Said(string status) => status switch
        {
            BookingStatus.Held or BookingStatus.Pending => EventStatus.Tentative,
            BookingStatus.Cancelled or BookingStatus.Rejected or BookingStatus.NoShow => EventStatus.Cancelled,
            _ => EventStatus.Confirmed,
        };
    }
}
