using System.Text.Json;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Npgsql;

namespace Coworking.Reservations.Notifications.Mails;

/// <summary>A mail that a courier has taken on, with what its text needs.</summary>
/// <param name="Id">Of the mail, and of its Message-ID.</param>
/// <param name="Tries">This one included; the claim is ours only while it stands so.</param>
/// <param name="Recipient">The address.</param>
/// <param name="Audience">client or house.</param>
/// <param name="NoticeKey">The news.</param>
/// <param name="Kind">One of <see cref="NoticeKinds"/>.</param>
/// <param name="Payload">The facts as they were then.</param>
/// <param name="At">When it happened.</param>
/// <param name="Place">Names of the present.</param>
/// <param name="Present">The booking as it stands now; null where the news is of none.</param>
internal sealed record DueMail(
    Guid Id, int Tries, string Recipient, string Audience, string NoticeKey, string Kind, string Payload, DateTimeOffset At, DueMail.Names Place, DueMail.Standing? Present)
{
    // Longer than a try with all its pauses: what is still claimed after that has lost its courier.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    private const string ClaimSql = """
        with due as (select id from mails where status = 'pending' and next_try_at <= $1 order by next_try_at limit $2 for update skip locked)
        update mails m set tries = m.tries + 1, next_try_at = $1 + $3
        from due join mails d on d.id = due.id join notices n on n.key = d.notice_key
            left join locations l on l.id = n.location_id
            left join spaces s on s.id = (n.payload->>'spaceId')::uuid
            left join bookings b on b.id = (n.payload->>'bookingId')::uuid
        where m.id = d.id
        returning m.id, m.tries, m.recipient, m.audience, n.key, n.kind, n.payload::text, n.created_at, s.name, l.name, l.address, l.timezone, b.status, b.start_time, b.client_email_key
        """;

    /// <summary>Takes on what is due: nobody else will until the claim ends.</summary>
    internal static Task<List<DueMail>> ClaimAsync(NpgsqlDataSource database, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        database.ListAsync(ClaimSql, Read, cancellationToken, now, limit, Claim);

    internal T Told<T>() => JsonSerializer.Deserialize<T>(Payload, JsonSetup.Wire)!;

    /// <summary>True where nobody should be told any more: a reminder of what no longer is, an offer that has ended, late news that others have overtaken.</summary>
    internal bool IsStale(DateTimeOffset now)
    {
        var isOthers = Audience == Notifications.Audience.Client && Present is { } held && held.ClientKey != EmailAddress.Key(Recipient);

        if (NoticeKinds.IsReminder(Kind))
        {
            return isOthers || Present is not { Status: BookingStatus.Confirmed } || Present.StartTime != Told<BookingNotice>().StartTime || now >= Present.StartTime;
        }

        if (Kind == NoticeKinds.Offered)
        {
            return Present?.Status != BookingStatus.Held || now >= Told<BookingNotice>().ExpiresAt;
        }

        // In time everyone hears of every change; what comes late must still be true.
        return NoticeKinds.Confirmations.Contains(Kind)
            && (now >= Told<BookingNotice>().EndTime || (Tries > 1 && Present is { } present && (isOthers || !BookingStatus.Live.Contains(present.Status))));
    }

    private static DueMail Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetInt32(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetString(4),
        reader.GetString(5),
        reader.GetString(6),
        reader.Instant(7),
        new Names(reader.Text(8) ?? "", reader.Text(9) ?? "", reader.Text(10), reader.Text(11) is { } zone ? Zones.Find(zone) : TimeZoneInfo.Utc),
        reader.Text(12) is { } status ? new Standing(status, reader.Instant(13), reader.GetString(14)) : null);

    /// <summary>What people call the place, and the clock on its wall.</summary>
    internal sealed record Names(string Space, string Location, string? Address, TimeZoneInfo Zone);

    /// <summary>Where a booking stands.</summary>
    internal sealed record Standing(string Status, DateTimeOffset StartTime, string ClientKey);
}
