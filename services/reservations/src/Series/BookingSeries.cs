using Coworking.Hosting.Http;

namespace Coworking.Reservations.Series;

/// <summary>A span that comes again by a rule, and for whom. Its occurrences are bookings of their own.</summary>
internal sealed class BookingSeries
{
    internal const string Active = "active";
    internal const string Cancelled = "cancelled";

    private BookingSeries()
    {
    }

    public Guid Id { get; private init; }

    public Guid SpaceId { get; private set; }

    public string ClientEmail { get; private init; } = "";

    public string ClientEmailKey { get; private init; } = "";

    public string? ClientName { get; private set; }

    public string? Company { get; private set; }

    public string? Phone { get; private set; }

    public string? Inquiry { get; private set; }

    public int? Attendees { get; private set; }

    /// <summary>The zone of the location when the series was made, or when it moved there.</summary>
    public string Timezone { get; private set; } = "";

    /// <summary>On the wall of that zone.</summary>
    public DateTime FirstStart { get; private set; }

    public DateTime FirstEnd { get; private set; }

    public string Every { get; private init; } = "";

    public int Interval { get; private init; }

    public int[] Weekdays { get; private init; } = [];

    public int? Count { get; private set; }

    public DateOnly? Until { get; private set; }

    public string OnConflict { get; private init; } = "";

    public string Status { get; private set; } = Active;

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    internal Recurrence Rule => new(FirstStart, FirstEnd, Every, Interval, Weekdays, Count, Until);

    internal SeriesClient Client => new(ClientEmail, ClientName, Company, Phone, Inquiry, Attendees);

    internal static BookingSeries Make(SeriesWish wish, Recurrence rule, TimeZoneInfo zone, DateTimeOffset now)
    {
        var series = new BookingSeries
        {
            Id = Guid.CreateVersion7(now),
            ClientEmail = wish.Client.Email,
            ClientEmailKey = EmailAddress.Key(wish.Client.Email),
            Every = rule.Every,
            Interval = rule.Interval,
            Weekdays = rule.Weekdays,
            OnConflict = wish.OnConflict,
            CreatedAt = now,
        };
        series.End(rule.Count, rule.Until, now);
        series.Change(wish.SpaceId, zone, rule, wish.Client, now);
        series.Version = 1;
        return series;
    }

    /// <summary>What its occurrences are from now on, those of an extension too.</summary>
    internal void Change(Guid spaceId, TimeZoneInfo zone, Recurrence rule, SeriesClient client, DateTimeOffset now)
    {
        (SpaceId, Timezone, FirstStart, FirstEnd) = (spaceId, zone.Id, rule.Start, rule.End);
        (ClientName, Company, Phone, Inquiry, Attendees) = (client.Name, client.Company, client.Phone, client.Inquiry, client.Attendees);
        Touch(now);
    }

    internal void End(int? count, DateOnly? until, DateTimeOffset now)
    {
        (Count, Until) = (count, until);
        Touch(now);
    }

    internal void Cancel(DateTimeOffset now)
    {
        Status = Cancelled;
        Touch(now);
    }

    /// <summary>One of its occurrences has changed.</summary>
    internal void Touch(DateTimeOffset now) => (Version, UpdatedAt) = (Version + 1, now);
}

/// <summary>For whom a series is, and how many come along.</summary>
internal sealed record SeriesClient(string Email, string? Name, string? Company, string? Phone, string? Inquiry, int? Attendees);
