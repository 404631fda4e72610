using System.Text.Json.Serialization;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Npgsql;

namespace Coworking.Reservations.Series;

/// <summary>A series as clients see it; lists leave its occurrences out.</summary>
internal sealed record SeriesRow(
    Guid Id,
    Guid SpaceId,
    string ClientEmail,
    string? ClientName,
    string? Company,
    string? Phone,
    string? Inquiry,
    int? Attendees,
    string Timezone,
    SeriesRow.Span First,
    SeriesRow.Repetition Repeat,
    string OnConflict,
    string Status,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    SeriesRow.Where Space,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<OccurrenceRow>? Occurrences = null)
{
    internal const string Columns = """
        q.id, q.space_id, q.client_email, q.client_name, q.company, q.phone, q.inquiry, q.attendees, q.timezone, q.first_start, q.first_end,
        q.every, q.interval, q.weekdays, q.count, q.until, q.on_conflict, q.status, q.version, q.created_at, q.updated_at, s.name
        """;

    internal const string Tables = "booking_series q join spaces s on s.id = q.space_id";

    internal static SeriesRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetString(2),
        reader.Text(3),
        reader.Text(4),
        reader.Text(5),
        reader.Text(6),
        reader.Value<int>(7),
        reader.GetString(8),
        Span.Of(reader.GetDateTime(9), reader.GetDateTime(10), Zones.Find(reader.GetString(8))),
        new Repetition(
            reader.GetString(11),
            reader.GetInt32(12),
            reader.GetFieldValue<int[]>(13),
            reader.Value<int>(14),
            reader.Value<DateOnly>(15) is { } until ? BookingDay.Text(until) : null),
        reader.GetString(16),
        reader.GetString(17),
        reader.GetInt64(18),
        reader.Instant(19),
        reader.Instant(20),
        new Where(reader.GetGuid(1), reader.GetString(21)));

    /// <summary>The series with those of its occurrences that the caller may see; null where there is none.</summary>
    internal static async Task<SeriesRow?> FindAsync(ReservationsDb db, Guid id, ClientScope client, CancellationToken cancellationToken) =>
        await db.FindAsync($"select {Columns} from {Tables} where q.id = $1", Read, cancellationToken, id) is { } row
            ? row with { Occurrences = await OccurrenceRow.ListAsync(db, id, client, cancellationToken) }
            : null;

    /// <summary>With what is free instead of dates that were refused just now; later it might be free no more.</summary>
    internal SeriesRow With(IReadOnlyList<FailedOccurrence> failed)
    {
        var suggestions = failed.ToDictionary(one => one.One.Index, one => one.Suggestions);
        return this with { Occurrences = [.. Occurrences!.Select(row => row with { Suggestions = suggestions.GetValueOrDefault(row.Index) })] };
    }

    /// <summary>When the first is, as the series stands now.</summary>
    internal sealed record Span(DateTimeOffset Start, DateTimeOffset End)
    {
        internal static Span Of(DateTime start, DateTime end, TimeZoneInfo zone) => Occurrence.Of(0, start, end, zone) is var one ? new Span(one.Start, one.End) : null!;
    }

    /// <summary>How it comes again.</summary>
    internal sealed record Repetition(string Every, int Interval, int[] Weekdays, int? Count, string? Until);

    /// <summary>The space it is for.</summary>
    internal sealed record Where(Guid Id, string Name);
}

/// <summary>A date of a series as clients see it.</summary>
/// <param name="Index">From 0.</param>
/// <param name="OriginalStart">As it was first meant; names the occurrence.</param>
/// <param name="Start">Of its booking, else as meant.</param>
/// <param name="End">Likewise.</param>
/// <param name="SpaceId">Likewise.</param>
/// <param name="Outcome">booked, skipped or refused.</param>
/// <param name="BookingId">Null where it is none.</param>
/// <param name="Status">Of its booking.</param>
/// <param name="Moved">True where the booking was moved alone, and stays there when the series moves.</param>
/// <param name="Code">Why it is no booking.</param>
/// <param name="Message">The same for a person.</param>
/// <param name="Suggestions">What was free instead, where that was asked for.</param>
internal sealed record OccurrenceRow(
    int Index,
    DateTimeOffset OriginalStart,
    DateTimeOffset Start,
    DateTimeOffset End,
    Guid SpaceId,
    string Outcome,
    Guid? BookingId,
    string? Status,
    bool Moved,
    string? Code,
    string? Message,
    object? Suggestions = null)
{
    private const string Sql = """
        select o.index, o.original_start, coalesce(b.start_time, o.start_time), coalesce(b.end_time, o.end_time), coalesce(b.space_id, o.space_id), o.outcome,
            o.booking_id, b.status, b.id is not null and (b.space_id, b.start_time, b.end_time) is distinct from (o.space_id, o.start_time, o.end_time), o.code, o.message
        from series_occurrences o left join bookings b on b.id = o.booking_id
        where o.series_id = $1 and ($2::text is null or b.id is null or b.client_email_key = $2) order by o.index
        """;

    internal static Task<List<OccurrenceRow>> ListAsync(ReservationsDb db, Guid seriesId, ClientScope client, CancellationToken cancellationToken) => db.ListAsync(
        Sql,
        reader => new OccurrenceRow(
            reader.GetInt32(0),
            reader.Instant(1),
            reader.Instant(2),
            reader.Instant(3),
            reader.GetGuid(4),
            reader.GetString(5),
            reader.Value<Guid>(6),
            reader.Text(7),
            reader.GetBoolean(8),
            reader.Text(9),
            reader.Text(10)),
        cancellationToken,
        seriesId,
        (object?)client.ClientKey ?? DBNull.Value);
}

/// <summary>What would come of a series; nothing of it has.</summary>
internal sealed record SeriesPlan(IReadOnlyList<PlannedRow> Occurrences)
{
    internal static SeriesPlan Of(IReadOnlyList<Occurrence> all, IReadOnlyList<FailedOccurrence> failed, string onConflict)
    {
        var reasons = failed.ToDictionary(one => one.One.Index);
        var instead = onConflict == SeriesDetails.Suggest ? SeriesOccurrence.Refused : SeriesOccurrence.Skipped;
        return new SeriesPlan([.. all.Select(one => reasons.GetValueOrDefault(one.Index) is { } reason
            ? new PlannedRow(one.Index, one.Start, one.End, instead, reason.Refusal.Code, reason.Refusal.Message, reason.Suggestions)
            : new PlannedRow(one.Index, one.Start, one.End, SeriesOccurrence.Booked, null, null, null))]);
    }
}

/// <summary>A date as it would come out.</summary>
internal sealed record PlannedRow(int Index, DateTimeOffset Start, DateTimeOffset End, string Outcome, string? Code, string? Message, object? Suggestions);
