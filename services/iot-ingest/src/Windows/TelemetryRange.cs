using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;

namespace Coworking.IotIngest.Windows;

/// <summary>How long a bucket is; a day is a local day of the space's zone and has no length of its own.</summary>
internal sealed record TelemetryBucket(string Name, TimeSpan? Length)
{
    public static readonly TelemetryBucket Day = new("1d", null);

    public static readonly TelemetryBucket[] All =
    [
        new("1m", TimeSpan.FromMinutes(1)),
        new("5m", TimeSpan.FromMinutes(5)),
        new("30m", TimeSpan.FromMinutes(30)),
        new("1h", TimeSpan.FromHours(1)),
        new("2h", TimeSpan.FromHours(2)),
        Day,
    ];

    public static TelemetryBucket Of(string name) => Array.Find(All, bucket => bucket.Name == name)!;
}

/// <summary>Which stretch is asked for, and in which buckets: ?range=, or ?from=&amp;to=&amp;bucket=. Buckets are whole: from is rounded down, to is rounded up.</summary>
internal sealed record TelemetryRange(DateTimeOffset From, DateTimeOffset To, TelemetryBucket Bucket)
{
    /// <summary>As many as ?minutes= may answer; a day in minutes and some.</summary>
    public const int MaxBuckets = 1500;

    // Beyond these years is a slip of the finger, and the calendar's ends are near.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Name, int Days, string Bucket)[] Ranges = [("24h", 1, "5m"), ("7d", 7, "30m"), ("30d", 30, "2h")];
    private static readonly string[] Members = ["range", "from", "to", "bucket"];

    /// <summary>Null where the request is for ?minutes= (or for nothing in particular).</summary>
    /// <exception cref="RefusedRequestException">What is asked for cannot be meant.</exception>
    public static TelemetryRange? Of(IQueryCollection query, DateTimeOffset now)
    {
        var given = Members.Where(name => query[name].ToString().Length > 0).ToList();

        if (given.Count == 0)
        {
            return null;
        }

        if (query["minutes"].ToString().Length > 0)
        {
            throw Refuse("minutes", $"minutes cannot be given together with {given[0]}");
        }

        if (given[0] == "range")
        {
            return given.Count == 1 ? Until(now, query) : throw Refuse("range", $"range cannot be given together with {given[1]}");
        }

        return given.Count == 3 ? Between(query) : throw Refuse(Members.Skip(1).First(name => !given.Contains(name)), "from, to and bucket must be given together");
    }

    /// <summary>Exactly so many buckets, the last of which is running.</summary>
    private static TelemetryRange Until(DateTimeOffset now, IQueryCollection query)
    {
        var name = QueryValues.Word(query, "range", [.. Ranges.Select(range => range.Name)]);
        var (_, days, bucket) = Array.Find(Ranges, range => range.Name == name);
        var length = TelemetryBucket.Of(bucket).Length!.Value;
        var end = Floor(now, length) + length;
        return new TelemetryRange(end.AddDays(-days), end, TelemetryBucket.Of(bucket));
    }

    private static TelemetryRange Between(IQueryCollection query)
    {
        var bucket = TelemetryBucket.Of(QueryValues.Word(query, "bucket", [.. TelemetryBucket.All.Select(known => known.Name)])!);
        var (from, to) = (Instant(query, "from"), Instant(query, "to"));

        if (from >= to)
        {
            throw Refuse("to", "to must be after from");
        }

        if (bucket.Length is { } length)
        {
            (from, to) = (Floor(from, length), Floor(to + length - TimeSpan.FromTicks(1), length));
        }

        return (to - from) / (bucket.Length ?? TimeSpan.FromDays(1)) <= MaxBuckets
            ? new TelemetryRange(from, to, bucket)
            : throw Refuse("bucket", $"bucket {bucket.Name} is too short for this span: at most {MaxBuckets} buckets fit into one answer");
    }

    private static DateTimeOffset Instant(IQueryCollection query, string name)
    {
        // An offset's + that a client forgot to escape arrives as a space; nothing else can be meant.
        var text = query[name].ToString();
        text = text.Length > 6 && text[^6] == ' ' && text[^3] == ':' && text.Length > 16 ? $"{text[..^6]}+{text[^5..]}" : text;

        if (!InstantConverter.TryParse(text, out var instant))
        {
            throw Refuse(name, $"{name} must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z");
        }

        return instant >= Earliest && instant <= Latest ? instant : throw Refuse(name, $"{name} must be from {Earliest.Year} to {Latest.Year}");
    }

    private static DateTimeOffset Floor(DateTimeOffset instant, TimeSpan length) => new(instant.UtcTicks - (instant.UtcTicks % length.Ticks), TimeSpan.Zero);

    private static RefusedRequestException Refuse(string field, string message) => new(Refusal.Field(field, message));
}
